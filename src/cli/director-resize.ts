import {
  DirectorState,
  entriesPerBucket,
  goOn,
  grow,
  HostNetwork,
  isGrowing,
} from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import type { CommandIo } from "./command-io.js";
import { processIo } from "./process-io.js";
import { Progress } from "./progress.js";

/** The verifier allows 2^29 bytes in one value of a map: so many entries of 64 bytes. */
const most = 2 ** 23;

/**
 * `rondo director resize [ENTRIES]`: gives the connection table so many entries, while packets go on; makes the director's state
 * with a table of that size if there is none yet. Without a number it finishes what somebody who was killed has begun.
 */
export function resize(words: readonly string[], io: Pick<CommandIo, "stdout" | "now"> = processIo): number {
  const wanted = understood(words);
  const existing = DirectorState.open();
  if (!existing && wanted === undefined) throw wrong("there is no director yet: how many entries?");
  const state = existing ?? DirectorState.openOrCreate(wanted! / entriesPerBucket);
  const host = new HostNetwork();
  try {
    return state.locked(() => resizeLocked(state, host, wanted, io));
  } finally {
    host.close();
    state.close();
  }
}

function resizeLocked(
  state: DirectorState,
  host: HostNetwork,
  wanted: number | undefined,
  io: Pick<CommandIo, "stdout" | "now">,
): number {
  const say = (line: string) => io.stdout.write(`${line}\n`);
  const progress = new Progress(io as CommandIo);
  const tell = (moved: number, share: number) =>
    progress.update(`${Math.floor(100 * share)} %, ${moved} entries moved`, "moving");
  const finish = (left: number): number => {
    progress.clear();
    if (left > 0) {
      const some = left === 1 ? "1 entry has" : `${left} entries have`;
      say(
        `${some} found no place in the new table yet: what is left is used on; \`rondo director resize\` tries again`,
      );
      return 1;
    }
    return 0;
  };
  if (isGrowing(state)) {
    const status = finish(goOn(state, host, tell));
    if (status !== 0) return status;
  }
  const entries = state.tableShape.buckets * entriesPerBucket;
  if (wanted === undefined || wanted === entries) {
    say(`the connection table has ${entries} entries`);
    return 0;
  }
  if (wanted < entries)
    throw new RondoError("smaller", `the connection table has ${entries} entries and can't become smaller`, {
      remedy:
        "A new director begins with the size that you like: `rondo director reset`, then `rondo director resize`.",
    });
  const status = finish(grow(state, host, wanted / entriesPerBucket, tell));
  if (status === 0) say(`the connection table has ${wanted} entries, it had ${entries}`);
  return status;
}

/** The number of entries that is meant: the next power of two. */
function understood(words: readonly string[]): number | undefined {
  const [text, ...more] = words;
  if (text === undefined) return undefined;
  if (more.length > 0) throw wrong(`${more[0]}: nothing more is expected here`);
  if (!/^\d{1,10}$/.test(text) || Number(text) === 0) throw wrong(`${text} is no number of entries`);
  const entries = Math.max(entriesPerBucket, 2 ** Math.ceil(Math.log2(Number(text))));
  if (entries > most) throw wrong(`${text}: a table has ${most} entries at most`);
  return entries;
}

const wrong = (message: string) =>
  new RondoError("usage", message, {
    exitStatus: 2,
    remedy: "usage: rondo director resize [ENTRIES], a power of two: 65536, 131072 … 8388608.",
  });
