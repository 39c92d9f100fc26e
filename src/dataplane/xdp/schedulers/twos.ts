import {
  callback,
  give,
  pointer,
  random,
  repeat,
  type StructView,
  struct,
  subprogram,
  type U64,
  u32,
  u64,
  unless,
  when,
} from "../../../asm/index.js";
import { Service } from "../layout.js";
import { servers } from "../maps.js";
import { isAvailable, listAt, overhead, word } from "./list.js";
import { nobody, Request, type XdpScheduler } from "./scheduler.js";

/** Two walks: over all weights for their sum, then to the two servers that the draws fall on. */
const Draw = struct("Draw", {
  servers: u32,
  unused: u32,
  /** The weights of the servers that were passed. */
  sum: u64,
  first: u64,
  second: u64,
  firstServer: u32,
  secondServer: u32,
});
type DrawView = StructView<(typeof Draw)["shape"]>;

/**
 * Two servers are drawn by weight, and the one that has less to do for its weight is taken; of equals the first drawn
 * (ip_vs_twos.c). As there, a draw is a number from 0 to the sum of weights, so the list's first server is a little more likely.
 * The kernel computes with 32 bits, which very large weights and loads overflow; here they don't.
 */
export const twos: XdpScheduler = {
  name: "twos",
  id: 14,
  choose: subprogram("twos", [pointer(Service), pointer(Request), u32], u32, (_service, _request, at) => {
    const list = listAt(at);
    const draw = Draw.local({ servers: list.servers, firstServer: nobody, secondServer: nobody });
    repeat(list.count, addWeight, draw);
    when(draw.sum.is(0), () => give(nobody));
    const size = draw.sum.add(1);
    draw.set({ first: anyBelow(size), second: anyBelow(size), sum: 0 });
    repeat(list.count, findDrawn, draw);
    return lessLoaded(draw);
  }),
};

/** Of equals the first; if there is but one, as weights changed between the walks, that. */
function lessLoaded(draw: DrawView) {
  const [firstIndex, secondIndex] = [draw.firstServer, draw.secondServer];
  when(secondIndex.is(nobody), () => give(firstIndex));
  when(firstIndex.is(nobody), () => give(secondIndex));
  const [first, second] = [servers.at(firstIndex), servers.at(secondIndex)];
  const [firstLoad, secondLoad] = [overhead(first), overhead(second)];
  when(firstLoad.mul(second.weight).above(secondLoad.mul(first.weight)), () => give(secondIndex));
  return firstIndex;
}

const anyBelow = (size: U64): U64 => random().extended.shiftLeft(32).or(random()).mod(size);

const addWeight = callback("add_weight", [u32, pointer(Draw)], (turn, draw) => {
  const server = servers.at(word(draw.servers.add(turn)));
  when(isAvailable(server), () => draw.set({ sum: draw.sum.add(server.weight) }));
  return 0;
});

const findDrawn = callback("find_drawn", [u32, pointer(Draw)], (turn, draw) => {
  const index = word(draw.servers.add(turn));
  const server = servers.at(index);
  unless(isAvailable(server), () => give(0));
  const sum = draw.sum.add(server.weight);
  draw.set({ sum });
  when(draw.firstServer.is(nobody).and(draw.first.atMost(sum)), () => draw.set({ firstServer: index }));
  when(draw.secondServer.is(nobody).and(draw.second.atMost(sum)), () => draw.set({ secondServer: index }));
  when(draw.firstServer.isNot(nobody).and(draw.secondServer.isNot(nobody)), () => give(1));
  return 0;
});
