import { give, subprogram, U32, u32, variable, when } from "../../asm/index.js";
import { tunableIndex } from "../../ipvs/tunables.js";
import { tickNow } from "./clock.js";
import { count } from "./count.js";
import { allowance, settings } from "./maps.js";

/** Ticks in a second, nearly (2^24 ns are 16.8 ms). */
const ticksPerSecond = 60;

/**
 * Whether this CPU may make another connection: 1, or 0 and that is counted. `insert_limit` says how many it may make in a
 * second, at once or one after the other; 0: as many as come.
 */
export const mayInsert = subprogram("may_insert", [], u32, () => {
  const limit = settings.here.tunables.at(tunableIndex("insert_limit"));
  when(limit.is(0), () => give(1));
  const mine = allowance.lookup(new U32(0n)).otherwise(() => give(1));
  const tick = tickNow();
  const most = limit.mul(ticksPerSecond);
  const passed = tick.sub(mine.tick);
  const left = variable(most);
  // A second's worth is the most there can be; what one tick brings is `limit`, for a connection takes sixty.
  when(passed.below(ticksPerSecond), () => {
    const grown = mine.left.add(passed.mul(limit));
    when(grown.below(most), () => left.set(grown));
  });
  mine.tick = tick;
  when(left.value.below(ticksPerSecond), () => {
    mine.left = left.value;
    count("insert_limited");
    give(0);
  });
  mine.left = left.value.sub(ticksPerSecond);
  return 1;
});

/** Whether drop_packet wants this new connection's packet: 1 for one of `dropRate`, and that is counted (ip_vs_todrop). */
export const isToDrop = subprogram("is_to_drop", [], u32, () => {
  const rate = settings.here.dropRate;
  when(rate.is(0), () => give(0));
  const before = settings.here.atomic("dropCounter").fetchAdd(1);
  when(before.mod(rate).isNot(0), () => give(0));
  count("dropped_packet");
  return 1;
});
