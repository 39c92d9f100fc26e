import { callback, give, pointer, repeat, subprogram, u32, variable, when } from "../../../asm/index.js";
import { Service } from "../layout.js";
import { goldenHash } from "./golden-hash.js";
import { listAt } from "./list.js";
import { pack, packed } from "./packed.js";
import { hashed, looks, Probe, takeIfAvailable } from "./probe.js";
import { type ListedServer, nobody, Request, type XdpScheduler } from "./scheduler.js";

const bits = 8;
const buckets = 1 << bits;

/**
 * By the client's address: always the same server, as long as the list and its weights are the same (ip_vs_sh.c). With
 * sh-port the client's port counts too. Its own words are the table of buckets, a byte each: a server's place in the list.
 * One that can't take a connection has none; with sh-fallback another bucket is tried.
 */
export const sh: XdpScheduler = {
  name: "sh",
  id: 5,
  choose: subprogram("sh", [pointer(Service), pointer(Request), u32], u32, (service, request, at) => {
    const list = listAt(at);
    when(list.count.is(0), () => give(nobody));
    const first = goldenHash(hashed(service, request), bits);
    const probe = Probe.local({ servers: list.servers, table: list.own, first, chosen: nobody });
    repeat(looks(service, buckets), lookIntoBucket, probe);
    return probe.chosen;
  }),
  own: (listed) => pack(sourceHashTable(listed), 8),
};

/** The bucket of the hash, then all of them from another one on: (offset + hash) + hash, as the kernel adds it twice. */
const lookIntoBucket = callback("look_into_bucket", [u32, pointer(Probe)], (turn, probe) => {
  const bucket = variable(probe.first);
  when(turn.isNot(0), () => bucket.set(turn.sub(1).add(bucket.value.shiftLeft(1))));
  takeIfAvailable(probe, packed(probe.table, bucket.value.and(buckets - 1), 8));
  return 0;
});

/** Places in the list, by bucket: each server takes as many buckets as it has weight, one at least, round and round. */
export function sourceHashTable(listed: readonly ListedServer[]): number[] {
  if (listed.length === 0) return [];
  const table: number[] = [];
  for (let place = 0, taken = 0; table.length < buckets; ) {
    table.push(place);
    if (++taken < listed[place]!.weight) continue;
    place = (place + 1) % listed.length;
    taken = 0;
  }
  return table;
}
