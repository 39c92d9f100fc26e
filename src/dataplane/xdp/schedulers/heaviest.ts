import {
  Condition,
  callback,
  give,
  pointer,
  repeat,
  struct,
  subprogram,
  u32,
  unless,
  when,
} from "../../../asm/index.js";
import { Service } from "../layout.js";
import { servers } from "../maps.js";
import type { ServerView } from "../track.js";
import { isAvailable, listAt, word } from "./list.js";
import { nobody, Request, type XdpScheduler } from "./scheduler.js";

/** A walk for the heaviest server: where the indexes begin, the best so far and its weight. */
const Heaviest = struct("Heaviest", { servers: u32, chosen: u32, weight: u32, unused: u32 });

/** A scheduler that takes the heaviest server that may take a connection; of equals the first in the list. */
export function heaviestScheduler(
  name: string,
  id: number,
  mayTake: (server: ServerView) => Condition = () => Condition.known(true),
): XdpScheduler {
  const look = callback(`heaviest_by_${name}`, [u32, pointer(Heaviest)], (turn, heaviest) => {
    const index = word(heaviest.servers.add(turn));
    const server = servers.at(index);
    unless(isAvailable(server).and(mayTake(server)), () => give(0));
    const weight = server.weight;
    when(weight.above(heaviest.weight), () => heaviest.set({ chosen: index, weight }));
    return 0;
  });
  return {
    name,
    id,
    choose: subprogram(name, [pointer(Service), pointer(Request), u32], u32, (_service, _request, at) => {
      const list = listAt(at);
      const heaviest = Heaviest.local({ servers: list.servers, chosen: nobody });
      repeat(list.count, look, heaviest);
      return heaviest.chosen;
    }),
  };
}
