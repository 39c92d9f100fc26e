import type { CommandIo } from "../../src/cli/command-io.js";
import { RondoError } from "../../src/errors.js";
import type { DataPlane } from "../../src/ipvs/data-plane.js";

export interface CommandRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Command = (words: readonly string[], io: CommandIo) => Promise<number> | number;

/** What happens while a command runs: by milliseconds since its start. */
export interface Happenings {
  readonly input?: string;
  readonly terminal?: boolean;
  /** What the world does when so much time has passed; a command's waiting is what makes it pass. */
  readonly at?: Readonly<Record<number, () => void>>;
  /** When signals come, in milliseconds. */
  readonly signals?: readonly number[];
  readonly weights?: Map<string, number>;
}

/** Runs a command on a plane in a time of its own, which passes only where it waits. Errors are told as main does. */
export async function runCommand(
  command: Command,
  plane: DataPlane,
  words: string | readonly string[],
  { input = "", terminal = false, at = {}, signals = [], weights = new Map() }: Happenings = {},
): Promise<CommandRun> {
  let stdout = "";
  let stderr = "";
  let time = 0;
  const controllers = [new AbortController(), new AbortController()];
  const events = [
    ...Object.entries(at).map(([when, happen]) => ({ when: Number(when), happen })),
    ...signals.map((when, i) => ({ when, happen: () => controllers[i]!.abort() })),
  ].sort((one, other) => one.when - other.when);
  const pass = (until: number, signal?: AbortSignal) => {
    while (events.length > 0 && events[0]!.when <= until) {
      const { when, happen } = events.shift()!;
      time = when;
      happen();
      if (signal?.aborted) return;
    }
    time = until;
  };
  const io: CommandIo = {
    plane: () => plane,
    stdin: once(input),
    stdout: {
      write: (text) => {
        stdout += text;
      },
      ...(terminal && { isTTY: true }),
    },
    stderr: {
      write: (text) => {
        stderr += text;
      },
    },
    weights,
    now: () => time,
    sleep: async (milliseconds, signal) => {
      if (time > 86_400_000) throw new Error("the command waits for more than a day");
      if (!signal?.aborted) pass(time + milliseconds, signal);
    },
    withSignals: (work) =>
      work({ first: controllers[0]!.signal, second: controllers[1]!.signal, exitStatus: 130 }),
  };
  const list = typeof words === "string" ? words.split(" ").filter((word) => word !== "") : words;
  try {
    return { status: await command(list, io), stdout, stderr };
  } catch (error) {
    if (!(error instanceof RondoError)) throw error;
    stderr += `rondo: ${error.message}\n${error.remedy === undefined ? "" : `${error.remedy}\n`}`;
    return { status: error.exitStatus, stdout, stderr };
  }
}

async function* once(text: string) {
  if (text !== "") yield text;
}
