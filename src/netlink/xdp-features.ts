import { Attributes } from "./attributes.js";
import type { GenericNetlink } from "./generic.js";
import { indexOfLink, type LinkReference } from "./link-name.js";
import { NetlinkError } from "./netlink-error.js";
import type { NetlinkSocket } from "./netlink-socket.js";

/** The "netdev" generic family (include/uapi/linux/netdev.h), Linux 6.3. */
const NETDEV_CMD_DEV_GET = 1;
const Device = { index: 1, xdpFeatures: 3 };
/** enum netdev_xdp_act */
const Act = {
  basic: 1n << 0n,
  redirect: 1n << 1n,
  receivesRedirected: 1n << 2n,
  zeroCopySockets: 1n << 3n,
  hardwareOffload: 1n << 4n,
  fragments: 1n << 5n,
  receivesRedirectedFragments: 1n << 6n,
};

/** What a device's driver does for XDP. */
export interface XdpFeatures {
  /** Native XDP: ABORTED, DROP, PASS and TX. */
  readonly basic: boolean;
  /** Its programs may redirect. */
  readonly redirect: boolean;
  /**
   * Packets may be redirected to it (ndo_xdp_xmit). A veth says so only while its peer has GRO on or a program, as
   * the driver would drop them otherwise.
   */
  readonly receivesRedirected: boolean;
  /** AF_XDP sockets without copying. */
  readonly zeroCopySockets: boolean;
  readonly hardwareOffload: boolean;
  /** Packets of several buffers (XDP_HAS_FRAGS): MTUs above a page. */
  readonly fragments: boolean;
  readonly receivesRedirectedFragments: boolean;
}

/**
 * Asks the kernel for the XDP features of a link. undefined: it can't tell (before Linux 6.3).
 * @throws {NetlinkError} ENODEV
 */
export function readXdpFeatures(
  generic: GenericNetlink,
  route: NetlinkSocket,
  link: LinkReference,
): XdpFeatures | undefined {
  const family = generic.family("netdev");
  if (!family) return undefined;
  const index = indexOfLink(route, link);
  const operation = `read XDP features of ${link}`;
  const [answer] = generic.request(family, {
    operation,
    command: NETDEV_CMD_DEV_GET,
    write: (body) => body.u32(Device.index, index),
  });
  if (!(answer instanceof Attributes)) throw new NetlinkError(operation, 19);
  const bits = answer.u64(Device.xdpFeatures) ?? 0n;
  const has = (act: bigint) => (bits & act) !== 0n;
  return {
    basic: has(Act.basic),
    redirect: has(Act.redirect),
    receivesRedirected: has(Act.receivesRedirected),
    zeroCopySockets: has(Act.zeroCopySockets),
    hardwareOffload: has(Act.hardwareOffload),
    fragments: has(Act.fragments),
    receivesRedirectedFragments: has(Act.receivesRedirectedFragments),
  };
}
