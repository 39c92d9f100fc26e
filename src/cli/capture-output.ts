import { closeSync, openSync, writeSync } from "node:fs";
import { RondoError } from "../errors.js";
import { pcapngHeader, pcapngInterface, pcapngPacket } from "../wire/pcapng.js";
import {
  cameLine,
  type Device,
  leftBy,
  leftLine,
  packetJson,
  type ReadPacket,
  verdictText,
} from "./capture-lines.js";

/** Which of a packet's two moments are wanted. */
export interface Moments {
  readonly in: boolean;
  readonly out: boolean;
}

/** Where bytes or text go. */
export interface Sink {
  write(data: string | Uint8Array): unknown;
}

/** What takes packets. */
export type Taker = (read: ReadPacket) => void;

/** What a device is called that is not known, or gone. */
const unknown = "unknown";

/** Writes lines, each at once. */
export function lineTaker(sink: Sink, devices: readonly Device[], wanted: Moments, json: boolean): Taker {
  const name = nameOf(devices);
  return (read) => {
    const { packet } = read;
    const came = name(packet.device);
    const left = (packet.left && leftBy(read, devices)?.name) ?? unknown;
    if (json) return void sink.write(`${packetJson(read, came, left)}\n`);
    if (wanted.in) sink.write(`${cameLine(read, came)}\n`);
    if (wanted.out && packet.left) sink.write(`${leftLine(read, left)}\n`);
  };
}

/**
 * Writes a pcapng file: a packet as it came and as it left are two packets of the file, each with its interface and direction,
 * and the first with what the director decided as its comment.
 */
export function pcapngTaker(
  sink: Sink,
  devices: readonly Device[],
  wanted: Moments,
  snapLength: number,
): Taker {
  const name = nameOf(devices);
  const numbers = new Map<string, number>();
  const numberOf = (device: string): number => {
    const known = numbers.get(device);
    if (known !== undefined) return known;
    sink.write(pcapngInterface(device, snapLength));
    numbers.set(device, numbers.size);
    return numbers.size - 1;
  };
  sink.write(pcapngHeader());
  return (read) => {
    const { at, device, came, left } = read.packet;
    const comment = verdictText(read);
    const put = (device: string, direction: "in" | "out", { bytes, length }: typeof came) =>
      sink.write(
        pcapngPacket({
          interface: numberOf(device),
          at,
          bytes,
          originalLength: length,
          direction,
          comment,
        }),
      );
    if (wanted.in) put(name(device), "in", came);
    if (wanted.out && left) put(leftBy(read, devices)?.name ?? unknown, "out", left);
  };
}

const nameOf =
  (devices: readonly Device[]) =>
  (index: number): string =>
    devices.find((device) => device.index === index)?.name ?? unknown;

/** A file that is written at once, from its beginning. */
export function fileSink(path: string): Sink & { close(): void } {
  const failed = (what: string, cause: unknown) =>
    new RondoError("no-file", `${path} can't be ${what}: ${(cause as Error).message}`, { cause });
  let fd: number;
  try {
    fd = openSync(path, "w", 0o600);
  } catch (error) {
    throw failed("made", error);
  }
  return {
    write(data) {
      const bytes = Buffer.from(data);
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      } catch (error) {
        throw failed("written", error);
      }
    },
    close: () => closeSync(fd),
  };
}
