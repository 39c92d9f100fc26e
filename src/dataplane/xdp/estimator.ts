import {
  callback,
  coarseNow,
  constant32,
  loop,
  pointer,
  repeat,
  type StructView,
  struct,
  type U64,
  u32,
  variable,
  when,
} from "../../asm/index.js";
import { tunableIndex } from "../../ipvs/tunables.js";
import { Statistics, type Sweep, Use } from "./layout.js";
import { rates, servers, settings, statistics } from "./maps.js";

/** Every server's rates are brought up to date once in so many nanoseconds. */
const estimationPeriod = 2_000_000_000;

const From = struct("From", { slot: u32, unused: u32 });

/**
 * How much a count is shifted to be a rate: fixed point, over two seconds (net/netfilter/ipvs/ip_vs_est.c).
 *
 *     average += (((count - last) << shift) - average) >> 2
 */
const shifts = { connections: 9, inPackets: 9, outPackets: 9, inBytes: 4, outBytes: 4 } as const;
const fields = Object.keys(shifts) as (keyof typeof shifts)[];

/**
 * Makes what a tick of the sweeper does for rates: of the servers up to the high-water mark it estimates the part that is
 * due, so that each has its turn once in two seconds and no tick is long. `cpus` is how many there can be.
 */
export function estimator(cpus: number): (state: StructView<(typeof Sweep)["shape"]>) => void {
  const estimate = callback("estimate", [u32, pointer(From)], (turn, from) => {
    const slot = from.slot.add(turn);
    when(servers.at(slot).use.is(Use.live), () => {
      const total = Statistics.local({});
      loop(constant32(cpus), cpus, (cpu) => {
        statistics.lookupOf(slot, cpu).whenFound((counts) => {
          for (const field of fields) total[field] = total[field].add(counts[field]);
        });
      });
      const { last, average } = rates.at(slot);
      for (const field of fields) {
        average[field] = followed(average[field], total[field].sub(last[field]).shiftLeft(shifts[field]));
        last[field] = total[field];
      }
    });
    return 0;
  });

  return (state) => {
    const now = coarseNow();
    const elapsed = now.sub(state.estimatingSince);
    const used = settings.here.serversUsed;
    const due = variable(used);
    const full = elapsed.atLeast(estimationPeriod);
    // In 2^20 ns, so that the product fits.
    when(full.not, () => due.set(used.extended.mul(elapsed.shiftRight(20)).div(estimationPeriod >> 20).low));
    const from = state.estimated;
    when(
      due.value.above(from).and(settings.here.tunables.at(tunableIndex("run_estimation")).isNot(0)),
      () => {
        repeat(due.value.sub(from), estimate, From.local({ slot: from }));
      },
    );
    when(
      full,
      () => {
        state.set({ estimated: 0 });
        // Round after round without drift, unless the timer stood still.
        const next = state.estimatingSince.add(estimationPeriod);
        state.estimatingSince = next;
        when(now.sub(next).atLeast(estimationPeriod), () => {
          state.estimatingSince = now;
        });
      },
      () => {
        state.estimated = due.value;
      },
    );
  };
}

/** An average a quarter nearer to a rate: the difference is shifted as a signed number, that is rounded down. */
function followed(average: U64, rate: U64): U64 {
  const next = variable(average);
  when(
    rate.atLeast(average),
    () => next.set(average.add(rate.sub(average).shiftRight(2))),
    () => next.set(average.sub(average.sub(rate).add(3).shiftRight(2))),
  );
  return next.value;
}
