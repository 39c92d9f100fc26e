import { loadWritten } from "../../bpf/index.js";
import type { Link, Network } from "../../netlink/index.js";
import { unwrapperInto } from "./decapsulate.js";

/** Behind what Rondo's director and real servers hang at the same qdisc. */
const place = { hook: "ingress", priority: 49153, handle: 1 } as const;
const name = "rondo-unwrap";

/**
 * Has IPIP packets that come in by some interfaces come in unwrapped by `device`, a TUN device that nobody reads. It hangs at clsact
 * qdiscs, with no pin and no process: it goes with the interfaces.
 *
 * @throws NetlinkError ENOENT where the kernel has no clsact
 */
export function unwrapInto(network: Network, device: Link, links: readonly Link[]): void {
  const program = loadWritten(unwrapperInto(device.index), {});
  try {
    for (const { index } of links) {
      network.trafficControl.ensureClsact(index);
      network.trafficControl.replaceFilter(index, { ...place, program: program.fd, name });
    }
  } finally {
    program.close();
  }
}

/** Those of some interfaces at which IPIP packets are unwrapped so. */
export const unwrappedAt = <Some extends Pick<Link, "index">>(
  network: Network,
  links: readonly Some[],
): Some[] =>
  links.filter(({ index }) =>
    network.trafficControl.filters(index, place.hook).some((filter) => filter.name === name),
  );
