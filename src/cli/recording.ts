import { attachments, DirectorState, HostNetwork } from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import { needRoot, ReadySet } from "../sys/index.js";
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

const knownDevices = (host: HostNetwork): Device[] =>
  host.network.links
    .list()
    .map(({ index, name, mac }) => ({ index, name, ...(mac && { mac: mac.toString() }) }));

/** A command that tells what the director does, from its beginning to its end. */
export interface Session {
  readonly state: DirectorState;
  readonly host: HostNetwork;
  readonly ready: ReadySet;
  /** The host's, as they are: looked at again each second. */
  readonly devices: readonly Device[];
  readonly end: Ending;
  /** To be called when the director is reset. */
  readonly onGone: () => void;
  /** Tells the person that it has begun, and waits for its end. `doing` is "following". */
  readonly last: (doing: string) => Promise<void>;
}

/**
 * Does what a command does that tells what the director does.
 *
 * @param what "a trace", for who may not.
 * @returns the exit status.
 * @throws RondoError "no-root", "no-director", "director-gone"; what the end came with
 */
export async function withSession(
  what: string,
  io: RecordingIo,
  work: (session: Session) => Promise<void>,
): Promise<number> {
  needRoot(`${what} needs root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)`);
  const state = DirectorState.open();
  if (!state)
    throw new RondoError("no-director", "there is no director in this network namespace", {
      remedy: "It comes with the first service: see ipvsadm.",
    });
  const host = new HostNetwork();
  const ready = new ReadySet();
  const devices = knownDevices(host);
  const looking = setInterval(() => devices.splice(0, devices.length, ...knownDevices(host)), 1000);
  const end = ending();
  const last = (doing: string) => {
    const attached = attachments(state, host).map(({ link, attachment }) => `${link.name} (${attachment})`);
    const where = attached.length > 0 ? `at ${attached.join(", ")}` : "which is attached to no interface";
    // Whoever read the output has seen enough, as `head` has.
    io.stdout.on("error", (error) => end.now(error.code === "EPIPE" ? undefined : error));
    return io.withSignals((signals) => {
      signals.first.addEventListener("abort", () => end.now());
      io.stderr.write(`${doing} what the director decides about, ${where}; Ctrl-C ends it\n`);
      return end.come;
    });
  };
  const onGone = () =>
    end.now(new RondoError("director-gone", "the director was reset: nothing more will come"));
  try {
    await work({ state, host, ready, devices, end, onGone, last });
  } finally {
    clearInterval(looking);
    ready.close();
    host.close();
    state.close();
  }
  end.check();
  return 0;
}

/** An end that may come from several sides, with what went wrong if something did. */
function ending() {
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
export type Ending = ReturnType<typeof ending>;

/** The whole number that an option names. */
export function numberIn(values: Values, name: string, otherwise: number, least: number): number {
  const text = values[name];
  if (text === undefined) return otherwise;
  const value = wholeNumber(String(text), least, 999_999_999);
  if (value === undefined) throw usageError(`--${name} ${text}: a whole number from ${least} on`);
  return value;
}
