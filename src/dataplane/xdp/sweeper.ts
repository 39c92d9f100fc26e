import {
  callback,
  callbackAddress,
  callHelper,
  constant32,
  context,
  type Program,
  pointer,
  reference,
  repeat,
  struct,
  U32,
  u32,
  unlikely,
  variable,
  when,
  xdp,
} from "../../asm/index.js";
import { tickNow } from "./clock.js";
import { defender, noTurn, turnOf } from "./defence.js";
import { doubter } from "./doubtful.js";
import { estimator } from "./estimator.js";
import { entriesPerBucket, Kind, Sweep } from "./layout.js";
import { settings, sweep } from "./maps.js";
import { forgetDestinations } from "./schedulers/forget.js";
import { type Buckets, connectionTable, type TableShape } from "./table.js";
import { isExpired, remover } from "./track.js";

/** Nanoseconds between two ticks of the sweeper. */
const sweepInterval = 50_000_000;
/** Buckets at a tick, at most: 2 MiB of memory. */
const mostBuckets = 8192;
/** How many ticks a small table takes. */
const ticksForAll = 20;

/** Part of the table: where it begins, which buckets of it lose doubtful entries, and how many entries were in use. */
const Slice = struct("Slice", { from: u32, tick: u32, victims: u32, used: u32 });

/**
 * The program that starts the sweeper: run once by a test run, it sets a timer of the kernel that goes on by itself, with no
 * process alive. Each tick takes expired entries out of a slice of the table and makes their servers' counts true; the whole
 * table takes a second, a large one some more. It also sees to the defences, to what lblc and lblcr remember, and to the rates of some servers: `cpus` is how
 * many CPUs there can be, 0 where the kernel can't add up what they count. The timer's callback belongs to this program, so
 * a director may be replaced without it. Returns 0 when the timer runs.
 */
export function sweeper(shape: TableShape, cpus: number): Program {
  const table = connectionTable(shape);
  // Two tables are swept as one whose first part is the new one.
  const buckets = shape.buckets + (shape.former ?? 0);
  const slice = Math.min(mostBuckets, Math.max(1, Math.ceil(buckets / ticksForAll)));
  const estimate = cpus > 0 ? estimator(cpus) : () => {};
  const { release, expire } = remover(table);
  const dropIfDoubtful = doubter(release);
  const defend = defender(shape.buckets * entriesPerBucket);

  const sweepOf = (array: Buckets, place: U32, index: U32, slice: ReturnType<typeof Slice.local>) => {
    const bucket = array.at(place);
    const tick = slice.tick;
    const used = variable(slice.used);
    for (let i = 0; i < entriesPerBucket; i++) {
      const entry = bucket.entries.at(i);
      const word = entry.word;
      when(word.and(Kind.mask).is(Kind.live), () => {
        when(
          isExpired(entry, tick),
          () => {
            expire(entry, word, Kind.free, tick);
          },
          () => {
            used.set(used.value.add(1));
            unlikely(turnOf(index).is(slice.victims), () => dropIfDoubtful(entry, word, tick));
          },
        );
      });
    }
    slice.used = used.value;
  };

  const sweepBucket = callback("sweep_bucket", [u32, pointer(Slice)], (turn, slice) => {
    const index = slice.from.add(turn);
    const { former } = table;
    if (!former) {
      sweepOf(table.buckets, index, index, slice);
      return 0;
    }
    when(
      index.below(shape.buckets),
      () => sweepOf(table.buckets, index, index, slice),
      () => sweepOf(former.buckets, index.sub(shape.buckets), index, slice),
    );
    return 0;
  });

  const sweepTable = (state: ReturnType<typeof Sweep.local>) => {
    const from = state.position;
    const tick = tickNow();
    const victims = variable(constant32(noTurn));
    when(settings.here.dropEntries.isNot(0), () => victims.set(state.victims));
    const part = Slice.local({ from, tick, victims: victims.value, used: state.used });
    const next = variable(from.add(slice));
    when(next.value.above(buckets), () => next.set(constant32(buckets)));
    repeat(next.value.sub(from), sweepBucket, part);
    when(
      next.value.below(buckets),
      () => state.set({ position: next.value, used: part.used }),
      () => {
        settings.here.entriesUsed = part.used;
        state.set({ position: 0, used: 0 });
      },
    );
  };

  const tick = callback("sweep", [context, context, pointer(Sweep)], (_map, _key, state) => {
    sweepTable(state);
    defend(state);
    estimate(state);
    forgetDestinations(state);
    callHelper("timer_start", state.timer, sweepInterval, 0);
    return 0;
  });

  return xdp("sweeper", (packet) => {
    const state = sweep.lookup(0).otherwise(() => packet.drop());
    const monotonic = 1;
    callHelper("timer_init", state.timer, reference(sweep), monotonic);
    callHelper("timer_set_callback", state.timer, callbackAddress(tick));
    packet.end(new U32(callHelper("timer_start", state.timer, sweepInterval, 0)));
  });
}
