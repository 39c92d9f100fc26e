import type { HostNetwork } from "../dataplane/xdp/index.js";
import type { Device } from "./capture-lines.js";
import { type CommandIo, usageError } from "./command-io.js";
import { type Values, wholeNumber } from "./words.js";

/** What commands that tell what the director does, until they are ended, need of their surroundings. */
export interface RecordingIo extends Pick<CommandIo, "withSignals" | "stderr"> {
  readonly stdout: {
    write(data: string | Uint8Array): unknown;
    readonly isTTY?: boolean;
    on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
  };
}

export const knownDevices = (host: HostNetwork): Device[] =>
  host.network.links
    .list()
    .map(({ index, name, mac }) => ({ index, name, ...(mac && { mac: mac.toString() }) }));

/** An end that may come from several sides, with what went wrong if something did. */
export function ending() {
  let failure: unknown;
  let resolve = () => {};
  const come = new Promise<void>((done) => {
    resolve = done;
  });
  return {
    come,
    now(because?: unknown): void {
      failure ??= because;
      resolve();
    },
    get failed(): boolean {
      return failure !== undefined;
    },
    /** @throws what went wrong */
    check(): void {
      if (failure !== undefined) throw failure;
    },
  };
}

/** The whole number that an option names. */
export function numberIn(values: Values, name: string, otherwise: number, least: number): number {
  const text = values[name];
  if (text === undefined) return otherwise;
  const value = wholeNumber(String(text), least, 999_999_999);
  if (value === undefined) throw usageError(`--${name} ${text}: a whole number from ${least} on`);
  return value;
}
