import {
  callback,
  constant32,
  context,
  pointer,
  type StructView,
  struct,
  subprogram,
  u32,
  unlikely,
  variable,
  when,
} from "../../../asm/index.js";
import { tickNow } from "../clock.js";
import { Destination, DestinationKey, type Sweep, ticks } from "../layout.js";
import { destinations } from "../maps.js";
import { ticksOf } from "./destinations.js";
import { lblcr } from "./lblcr.js";

/** Ticks of the sweeper between two looks: a minute, as the kernel's CHECK_EXPIRE_INTERVAL. */
const forgetTicks = 1200;
/** So many destinations are remembered without a question (1024 buckets times 16). */
export const calmNumber = 16_384;
/** With more, those that nobody asked for in this time may go (ENTRY_TIMEOUT, six minutes). */
const shortIdle = ticks(360);

const Forgetting = struct("Forgetting", {
  tick: u32,
  /** How long destinations of lblc and of lblcr may be idle; and any, while there are more to go than `goal` says. */
  lblcIdle: u32,
  lblcrIdle: u32,
  goal: u32,
  left: u32,
  unused: u32,
});

/**
 * Forgets destinations once in a minute: those that were idle for `lblc_expiration` or `lblcr_expiration` seconds; and if there
 * are too many, as many more of those that were idle for six minutes as are too many and a third on top, but no more
 * than half the calm number. The kernel looks for the first kind every half hour only, counts for each service
 * by itself, and lets a destination stay that is just being used again; here a map for all services holds 24 576.
 */
export function forgetDestinations(state: StructView<(typeof Sweep)["shape"]>): void {
  const since = state.sinceForgetting.add(1);
  state.sinceForgetting = since;
  unlikely(since.atLeast(forgetTicks), () => {
    state.sinceForgetting = constant32(0);
    state.destinations = forget(state.destinations);
  });
}

/** Looks at all; given how many there were, gives how many are left. */
export const forget = subprogram("forget", [u32], u32, (before) => {
  const goal = variable(constant32(0));
  when(before.above(calmNumber), () => goal.set(before.sub(calmNumber).shiftLeft(2).div(3)));
  when(goal.value.above(calmNumber / 2), () => goal.set(constant32(calmNumber / 2)));
  const forgetting = Forgetting.local({
    tick: tickNow(),
    lblcIdle: ticksOf("lblc_expiration").low,
    lblcrIdle: ticksOf("lblcr_expiration").low,
    goal: goal.value,
  });
  destinations.forEach(forgetOne, forgetting);
  return forgetting.left;
});

const forgetOne = callback(
  "forget_one",
  [context, pointer(DestinationKey), pointer(Destination), pointer(Forgetting)],
  (_map, key, destination, forgetting) => {
    const idle = forgetting.tick.sub(destination.lastUse);
    const most = variable(forgetting.lblcIdle);
    when(key.scheduler.is(lblcr.id), () => most.set(forgetting.lblcrIdle));
    const surplus = forgetting.goal.isNot(0).and(idle.atLeast(shortIdle));
    // One used since the walk began has a time ahead of it.
    when(
      idle.signedAtLeast(0).and(idle.atLeast(most.value).or(surplus)),
      () => {
        destinations.delete(key);
        when(surplus, () => forgetting.set({ goal: forgetting.goal.sub(1) }));
      },
      () => forgetting.set({ left: forgetting.left.add(1) }),
    );
    return 0;
  },
);
