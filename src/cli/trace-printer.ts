import type { TracedPacket, TraceWanted } from "../dataplane/xdp/index.js";
import { isWanted } from "./capture-filter.js";
import { type Device, leftBy, readPacket } from "./capture-lines.js";
import { counted } from "./counted.js";
import type { Ending, RecordingIo } from "./recording.js";
import { traceJson } from "./trace-json.js";
import { briefLine, type ReadTrace, traceBlock } from "./trace-lines.js";
import type { TraceNames } from "./trace-names.js";

/** What a command line of `rondo trace` asks for. */
export interface Wanted {
  readonly packets: TraceWanted;
  readonly form: "blocks" | "brief" | "json";
  readonly numeric: boolean;
  readonly count: number;
  /** Milliseconds, if it ends by itself. */
  readonly time: number | undefined;
}

/** Writes what was followed, in its order, also where names have to be waited for. */
export class Printer {
  shown = 0;
  #taken = 0;
  #before: Promise<void> | undefined;

  constructor(
    readonly wanted: Wanted,
    readonly names: TraceNames,
    readonly devices: readonly Device[],
    readonly io: RecordingIo,
    readonly end: Ending,
  ) {}

  take(packet: TracedPacket): void {
    const { wanted, names, end } = this;
    if (this.#taken >= wanted.count || end.failed) return;
    const read: ReadTrace = { ...readPacket(packet), packet };
    if (!fits(wanted.packets, read)) return;
    if (wanted.form === "brief" && briefLine(read, names) === undefined) return;
    this.#taken++;
    this.#queue(names.learn(packet), () => this.#write(read));
    if (this.#taken >= wanted.count) end.now();
  }

  lost(count: number): void {
    const text =
      this.wanted.form === "json"
        ? JSON.stringify({ event: "lost", packets: count })
        : `… ${counted(count, "packet")} not followed: more came than --limit allows, or than were read`;
    this.#queue(undefined, () => this.io.stdout.write(`${text}\n`));
  }

  async idle(): Promise<void> {
    await this.#before;
  }

  #queue(names: Promise<void> | undefined, write: () => void): void {
    if (!names && !this.#before) {
      write();
      return;
    }
    const mine: Promise<void> = Promise.all([this.#before, names])
      .then(write)
      .catch((error) => this.end.now(error))
      .finally(() => {
        if (this.#before === mine) this.#before = undefined;
      });
    this.#before = mine;
  }

  #write(read: ReadTrace): void {
    this.shown++;
    this.io.stdout.write(`${this.#text(read)}\n`);
  }

  #text(read: ReadTrace): string {
    const { wanted, names, devices } = this;
    switch (wanted.form) {
      case "blocks":
        return traceBlock(read, names, devices).join("\n");
      case "brief":
        return briefLine(read, names)!;
      case "json": {
        const came = devices.find(({ index }) => index === read.packet.device)?.name ?? "unknown";
        return traceJson(read, came, (read.packet.left && leftBy(read, devices)?.name) ?? "unknown");
      }
    }
  }
}

/** What the packet program can't decide: which end of a packet is the client's, and all of ICMP. */
function fits({ client, server, service, clientPort, protocol }: TraceWanted, read: ReadTrace): boolean {
  const { packet, came } = read;
  const { flow, course } = packet;
  if (!flow) {
    // The packet program lets errors of ICMP and what can't be read come, as no flow tells whose they are.
    if (protocol || clientPort !== undefined) return false;
    return isWanted(
      { ...(client && { client }), ...(server && { server }), ...(service && { service }) },
      packet,
      came,
    );
  }
  if (clientPort !== undefined && (course === "reply" ? flow.virtual : flow.client).port !== clientPort)
    return false;
  return !client || isWanted({ client }, packet, came);
}
