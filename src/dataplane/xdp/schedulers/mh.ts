import { callback, give, pointer, repeat, subprogram, u32, variable, when } from "../../../asm/index.js";
import { Service } from "../layout.js";
import { listAt, word } from "./list.js";
import { mhKeys, mhTable, mhTableSize } from "./mh-table.js";
import { pack, packed } from "./packed.js";
import { hashed, looks, Probe, takeIfAvailable } from "./probe.js";
import { nobody, Request, type XdpScheduler } from "./scheduler.js";
import { sipHash } from "./sip-hash.js";

/**
 * By the client's address, as sh, but so that few clients get another server when the list changes, and that all directors
 * agree (ip_vs_mh.c). With mh-port the client's port counts too; with mh-fallback a client whose server can't take it is
 * given to another one. Its own words: how many places the table has, and the places, two in a word.
 */
export const mh: XdpScheduler = {
  name: "mh",
  id: 13,
  choose: subprogram("mh", [pointer(Service), pointer(Request), u32], u32, (service, request, at) => {
    const list = listAt(at);
    when(list.count.is(0), () => give(nobody));
    when(word(list.own).is(0), () => give(nobody));
    const value = hashed(service, request);
    const probe = Probe.local({ servers: list.servers, table: list.own.add(1), value, chosen: nobody });
    repeat(looks(service, mhTableSize), lookIntoPlace, probe);
    return probe.chosen;
  }),
  own(listed) {
    const table = mhTable(listed);
    const places = pack(table, 16);
    const words = new Uint32Array(1 + places.length);
    words[0] = table.length;
    words.set(places, 1);
    return words;
  },
};

/** The place of the hash, then those of the hashes of what was hashed plus an offset, beginning with that place. */
const lookIntoPlace = callback("look_into_place", [u32, pointer(Probe)], (turn, probe) => {
  const value = variable(probe.value);
  when(turn.isNot(0), () => {
    const offset = turn.sub(1).add(probe.first).mod(mhTableSize);
    value.set(value.value.add(offset));
  });
  const place = sipHash(value.value, mhKeys.offset).mod(mhTableSize);
  when(turn.is(0), () => probe.set({ first: place }));
  takeIfAvailable(probe, packed(probe.table, place, 16));
  return 0;
});
