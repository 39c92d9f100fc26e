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

/** The next server after the last one that can take a connection, once round at most (ip_vs_rr.c). */
export const rr: XdpScheduler = {
  name: "rr",
  id: 1,
  choose: subprogram("rr", [pointer(Service), pointer(Request), u32], u32, (service, _request, at) => {
    const list = listAt(at);
    const turn = Turn.local({ servers: list.servers, count: list.count, chosen: nobody });
    const state = service.state;
    // A state that belongs to another list: begin at the head, as after a change.
    when(versionIn(state).is(list.version), () => turn.set({ start: placeIn(state) }));
    repeat(list.count, nextAvailable, turn);
    when(turn.chosen.isNot(nobody), () => {
      const next = stateOf(list.version, turn.place.add(1), constant32(0));
      service.atomic("state").compareAndSwap(state, next);
    });
    return turn.chosen;
  }),
  // The server whose turn it is stays the next one.
  follow: ({ place }, change) => {
    if (change.kind === "added" && place > 0) return { place: place + 1, weight: 0 };
    if (change.kind === "removed" && change.place < place) return { place: place - 1, weight: 0 };
    return { place, weight: 0 };
  },
};

const nextAvailable = callback("next_available", [u32, pointer(Turn)], (step, turn) => {
  const place = turn.start.add(step).mod(turn.count);
  const index = word(turn.servers.add(place));
  unless(isAvailable(servers.at(index)), () => give(0));
  turn.set({ chosen: index, place });
  return 1;
});
