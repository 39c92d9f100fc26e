import {
  constant32,
  random,
  type StructView,
  subprogram,
  type U32,
  variable,
  when,
} from "../../asm/index.js";
import { type TunableName, tunableIndex } from "../../ipvs/tunables.js";
import type { Sweep } from "./layout.js";
import { settings } from "./maps.js";

/** Ticks of the sweeper between two looks at the defences: a second. */
const defenceTicks = 20;
/** drop_entry takes from one of so many buckets in a second, as the kernel looks at 1/32 of its table. */
const oneOf = 32;

/** A tunable's value, in the packet program. */
export const tunable = (name: TunableName): U32 => settings.here.tunables.at(tunableIndex(name));

/**
 * Decides once in a second what is done against too many connections, as the kernel's update_defense_level
 * (net/netfilter/ipvs/ip_vs_ctl.c). Where the kernel looks for scarce memory, here the table is scarce: fewer of its entries
 * are free than `amemthresh` says. The modes of drop_entry, drop_packet and secure_tcp are 0 (never), 1 (by itself, and
 * not now), 2 (by itself, and now) and 3 (always); between 1 and 2 they change by themselves.
 */
export function defender(entries: number): (state: StructView<(typeof Sweep)["shape"]>) => void {
  const defend = subprogram("defend", [], undefined, () => {
    const { here } = settings;
    const threshold = tunable("amemthresh");
    const free = share(constant32(entries).sub(here.entriesUsed), entries);
    const scarce = variable(constant32(0));
    when(free.below(threshold), () => scarce.set(constant32(1)));

    here.dropEntries = inForce("drop_entry", scarce.value);
    here.secure = inForce("secure_tcp", scarce.value);
    const dropping = inForce("drop_packet", scarce.value);
    const rate = variable(constant32(0));
    when(dropping.isNot(0), () => {
      when(
        tunable("drop_packet").is(3),
        () => rate.set(tunable("am_droprate")),
        () => rate.set(threshold.div(threshold.sub(free))),
      );
    });
    here.dropRate = rate.value;
  });

  return (state) => {
    const since = state.sinceDefence.add(1);
    state.sinceDefence = since;
    when(since.atLeast(defenceTicks), () => {
      state.set({ sinceDefence: 0 });
      state.victims = random().and(oneOf - 1);
      defend();
    });
  };
}

/** What is in force of a defence: its mode says, and follows where it goes by itself. */
function inForce(name: "drop_entry" | "drop_packet" | "secure_tcp", scarce: U32): U32 {
  const mode = tunable(name);
  const place = settings.here.tunables.atomic(tunableIndex(name));
  const result = variable(constant32(0));
  when(mode.is(3), () => result.set(constant32(1)));
  when(mode.is(1).or(mode.is(2)), () => {
    result.set(scarce);
    // By an exchange: somebody may set it at the same moment.
    when(
      scarce.isNot(0),
      () => place.compareAndSwap(1, 2),
      () => place.compareAndSwap(2, 1),
    );
  });
  return result.value;
}

/** So many of `entries` (a power of two) in 4096ths. */
function share(count: U32, entries: number): U32 {
  const shift = Math.log2(entries) - 12;
  return shift < 0 ? count.shiftLeft(-shift) : count.shiftRight(shift);
}

/** The number of a bucket among those of which one loses entries; a bucket's turn has come when it is `victims`. */
export const turnOf = (bucket: U32): U32 => bucket.and(oneOf - 1);
/** What {@link turnOf} never is. */
export const noTurn = oneOf;
