import { give, pointer, subprogram, u32, unless, when } from "../../../asm/index.js";
import { Service } from "../layout.js";
import { servers } from "../maps.js";
import { goldenHash } from "./golden-hash.js";
import { isAvailable, listAt, word } from "./list.js";
import { nobody, Request, type XdpScheduler } from "./scheduler.js";

/**
 * By the destination's address (ip_vs_dh.c), which differs within one service only if that goes by firewall mark. The kernel
 * deals the list's servers to 256 buckets in turn, whatever their weights: what stands in a bucket needs no table.
 */
export const dh: XdpScheduler = {
  name: "dh",
  id: 6,
  choose: subprogram("dh", [pointer(Service), pointer(Request), u32], u32, (_service, request, at) => {
    const list = listAt(at);
    when(list.count.is(0), () => give(nobody));
    const place = goldenHash(request.destination, 8).mod(list.count);
    const index = word(list.servers.add(place));
    unless(isAvailable(servers.at(index)), () => give(nobody));
    return index;
  }),
};
