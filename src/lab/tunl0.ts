import { unwrapInto } from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import { NetlinkError } from "../netlink/index.js";
import { createTun, SystemError } from "../sys/index.js";
import type { Host } from "./host.js";
import type { HostSpec } from "./topology.js";

/** The device of the kernel's ipip module: what comes by IPIP for this host, whoever sent it, comes out of it unwrapped. */
const name = "tunl0";
/** As the kernel's: an Ethernet packet less the outer header. */
const mtu = 1480;

/**
 * Gives a host a tunl0 where the kernel has none: a TUN device, and beneath it, at the host's interfaces, a program that takes
 * the outer header off and has the packet come in by that device. Addresses, routes, arp_ignore, rp_filter, up and down are
 * the kernel's own then, and no process has to know of them: see docs/decisions/0012-lab-hosts.md.
 *
 * @param needed whether the topology has tunnels: else a kernel that can't do it is no fault.
 * @throws RondoError "no-tunl0"
 */
export function giveTunl0(host: Host, spec: HostSpec, needed: boolean): void {
  const network = host.network();
  try {
    if (network.links.find(name)) return;
    host.within(() => createTun(name));
    network.links.change(name, { mtu });
    const links = spec.interfaces.map((each) => network.links.get(each.name));
    unwrapInto(network, network.links.get(name), links);
  } catch (error) {
    if (!(error instanceof SystemError || error instanceof NetlinkError)) throw error;
    if (!needed) return;
    throw new RondoError("no-tunl0", `host ${host.name} can't have a ${name}: ${error.message}`, {
      remedy: "`modprobe ipip` brings the kernel's; or `modprobe tun sch_ingress cls_bpf` for ours.",
      cause: error,
    });
  } finally {
    network.close();
  }
}
