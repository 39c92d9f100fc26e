import {
  callback,
  callbackAddress,
  callHelper,
  coarseNow,
  context,
  type Program,
  pointer,
  reference,
  repeat,
  struct,
  U32,
  u32,
  when,
  xdp,
} from "../../asm/index.js";
import { entriesPerBucket, Kind, Sweep, tickShift } from "./layout.js";
import { connectionTable, sweep } from "./maps.js";
import { isExpired, release } from "./track.js";

/** Nanoseconds between two ticks of the sweeper. */
export const sweepInterval = 50_000_000;
/** Buckets at a tick, at most: 2 MiB of memory. */
const mostBuckets = 8192;
/** How many ticks a small table takes. */
const ticksForAll = 20;

const Slice = struct("Slice", { from: u32, tick: u32 });

/**
 * The program that starts the sweeper: run once by a test run, it sets a timer of the kernel that goes on by itself, with no
 * process alive. Each tick takes expired entries out of a slice of the table and makes their servers' counts true; the whole
 * table takes a second, a large one some more. The timer's callback belongs to this program, so a director may be replaced
 * without it. Returns 0 when the timer runs.
 */
export function sweeper(buckets: number): Program {
  const table = connectionTable(buckets);
  const slice = Math.min(mostBuckets, Math.max(1, buckets / ticksForAll));

  const sweepBucket = callback("sweep_bucket", [u32, pointer(Slice)], (turn, slice) => {
    const bucket = table.at(slice.from.add(turn));
    for (let i = 0; i < entriesPerBucket; i++) {
      const entry = bucket.entries.at(i);
      const word = entry.word;
      when(word.and(Kind.mask).is(Kind.live), () => {
        when(isExpired(entry, slice.tick), () => {
          release(entry, word, Kind.free);
        });
      });
    }
    return 0;
  });

  const sweepSlice = callback("sweep_slice", [context, context, pointer(Sweep)], (_map, _key, state) => {
    const from = state.position;
    const tick = coarseNow().shiftRight(tickShift).low;
    repeat(Math.ceil(slice), sweepBucket, Slice.local({ from, tick }));
    state.position = from.add(Math.ceil(slice));
    callHelper("timer_start", state.timer, sweepInterval, 0);
    return 0;
  });

  return xdp("sweeper", (packet) => {
    const state = sweep.lookup(0).otherwise(() => packet.drop());
    const monotonic = 1;
    callHelper("timer_init", state.timer, reference(sweep), monotonic);
    callHelper("timer_set_callback", state.timer, callbackAddress(sweepSlice));
    packet.end(new U32(callHelper("timer_start", state.timer, sweepInterval, 0)));
  });
}
