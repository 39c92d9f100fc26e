import { readFileSync } from "node:fs";
import { RondoError } from "../errors.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import type { Output } from "./ipvsadm-io.js";

/** What the commands that work on a data plane need of their surroundings. */
export interface CommandIo {
  /** Opens the data plane: once, when the command line has been understood. */
  readonly plane: () => DataPlane;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** On a terminal a line of progress is written over itself. */
  readonly stdout: Output & { readonly isTTY?: boolean };
  readonly stderr: Output;
  /** Weights that a command took away for a while. */
  readonly weights: WeightNotes;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** Waits; ends early, without an error, when the signal comes. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Does work that SIGINT, SIGTERM and SIGHUP are told to: once for each. Gives what the work gives. */
  readonly withSignals: <T>(work: (signals: Signals) => Promise<T>) => Promise<T>;
}

/** Remembers, also after a command was killed, what weight a server is to have again. */
export interface WeightNotes {
  get(server: string): number | undefined;
  set(server: string, weight: number): void;
  delete(server: string): void;
}

/** Signals that have come while something is done. */
export interface Signals {
  /** Aborted by the first, and by the second. */
  readonly first: AbortSignal;
  readonly second: AbortSignal;
  /** 128 and the number of the first signal that came. */
  readonly exitStatus: number;
}

/** A mistake in a command line: exit status 2. */
export const usageError = (message: string, remedy?: string): RondoError =>
  new RondoError("usage", message, { exitStatus: 2, ...(remedy !== undefined && { remedy }) });

/** Opens the plane for as long as `work` needs it. */
export async function withPlane<T>(io: CommandIo, work: (plane: DataPlane) => T | Promise<T>): Promise<T> {
  const plane = io.plane();
  try {
    return await work(plane);
  } finally {
    plane.close();
  }
}

/** All of a file, or of the standard input where there is none or it is "-". */
export async function readInput(io: CommandIo, file: string | undefined): Promise<string> {
  if (file !== undefined && file !== "-") {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      throw new RondoError("no-file", `${file} can't be read: ${(error as Error).message}`, { cause: error });
    }
  }
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of io.stdin)
    text += typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}
