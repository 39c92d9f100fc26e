import {
  callback,
  constant32,
  give,
  pointer,
  repeat,
  subprogram,
  u32,
  unless,
  when,
} from "../../../asm/index.js";
import { Service } from "../layout.js";
import { servers } from "../maps.js";
import { placeIn, stateOf, versionIn } from "./cursor.js";
import { isAvailable, listAt, word } from "./list.js";
import { nobody, Request, type XdpScheduler } from "./scheduler.js";
import { Turn } from "./turn.js";

/** Its own words: the largest weight, less what makes the steps down from it end at one; and the steps. */
const own = { maximum: 0, divisor: 1 } as const;

/**
 * Servers of at least the current weight, from the last one on; at the list's end the weight sinks by the divisor
 * (ip_vs_wrr.c). The kernel sinks it step by step until a server has it; here the next weight that some server has is
 * taken at once.
 */
export const wrr: XdpScheduler = {
  name: "wrr",
  id: 2,
  choose: subprogram("wrr", [pointer(Service), pointer(Request), u32], u32, (service, _request, at) => {
    const list = listAt(at);
    const { version, count: all } = list;
    const maximum = word(list.own.add(own.maximum));
    const divisor = word(list.own.add(own.divisor));
    when(all.is(0).or(maximum.is(0)), () => give(nobody));
    const turn = Turn.local({ servers: list.servers, count: all, chosen: nobody });
    const state = service.state;
    when(
      versionIn(state).is(version),
      () => turn.set({ start: placeIn(state), weight: state.low }),
      () => turn.set({ weight: maximum }),
    );
    // The rest of the list at the current weight.
    const start = turn.start;
    when(start.below(all), () => repeat(all.sub(start), heavyEnough, turn));
    when(turn.chosen.is(nobody), () => {
      turn.set({ start: 0 });
      repeat(all, heaviestAvailable, turn);
      const heaviest = turn.heaviest;
      when(heaviest.is(0), () => {
        // The kernel goes down to the last weight and ends at the head with the largest, unless it was at the last one already.
        when(start.is(0).or(turn.weight.above(divisor)), () => {
          service.atomic("state").compareAndSwap(state, stateOf(version, constant32(0), maximum));
        });
        give(nobody);
      });
      // One step down, round to the top below zero, and not above what there is.
      const weight = turn.weight;
      when(
        weight.above(divisor),
        () => turn.set({ weight: weight.sub(divisor) }),
        () => turn.set({ weight: maximum }),
      );
      const reachable = heaviest.sub(divisor).add(1);
      when(turn.weight.above(reachable), () => turn.set({ weight: reachable }));
      repeat(all, heavyEnough, turn);
    });
    when(turn.chosen.isNot(nobody), () => {
      service.atomic("state").compareAndSwap(state, stateOf(version, turn.place.add(1), turn.weight));
    });
    return turn.chosen;
  }),
  own(listed) {
    let [largest, divisor] = [0, 0];
    for (const { weight } of listed) {
      largest = Math.max(largest, weight);
      if (weight > 0) divisor = commonDivisor(divisor, weight);
    }
    return largest === 0 ? [0, 1] : [largest - (divisor - 1), divisor];
  },
  begin: (words) => ({ place: 0, weight: words[own.maximum]! }),
  follow({ weight }, _change, words) {
    const maximum = words[own.maximum]!;
    const divisor = words[own.divisor]!;
    if (weight > maximum || weight === 0) return { place: 0, weight: maximum };
    return { place: 0, weight: divisor > 1 ? Math.floor(weight / divisor) * divisor + 1 : weight };
  },
};

const heavyEnough = callback("heavy_enough", [u32, pointer(Turn)], (step, turn) => {
  const place = turn.start.add(step);
  const index = word(turn.servers.add(place));
  const server = servers.at(index);
  unless(isAvailable(server), () => give(0));
  when(server.weight.below(turn.weight), () => give(0));
  turn.set({ chosen: index, place });
  return 1;
});

const heaviestAvailable = callback("heaviest_available", [u32, pointer(Turn)], (step, turn) => {
  const server = servers.at(word(turn.servers.add(step)));
  when(isAvailable(server).and(server.weight.above(turn.heaviest)), () =>
    turn.set({ heaviest: server.weight }),
  );
  return 0;
});

/** The greatest common divisor; with 0 the other number. */
export function commonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
