import { RondoError } from "../errors.js";
import { BodyWriter } from "./attributes.js";
import { LinkAttribute, linkHead, parseLink } from "./link.js";
import { NetlinkError } from "./netlink-error.js";
import type { NetlinkSocket, Request } from "./netlink-socket.js";

export const RTM_GETLINK = 18;
/** Leave out statistics, which are most of a link's message (RTEXT_FILTER_SKIP_STATS). */
export const skipStatistics = 8;
const longestName = 15;

/** A link by its name or its index. An index stays when the link is renamed; names are easier to read in errors. */
export type LinkReference = string | number;

/**
 * The kernel's rule for names of devices (dev_valid_name in net/core/dev.c).
 * @throws {RondoError} "bad-link-name"
 */
export function checkLinkName(name: string): string {
  const size = new TextEncoder().encode(name).length;
  const why =
    size === 0 || size > longestName
      ? `it has ${size} bytes where 1 to ${longestName} are possible`
      : name === "." || name === ".."
        ? "that is a folder's name"
        : /[/:\s\0]/.test(name)
          ? "it has a slash, a colon or white space in it"
          : undefined;
  if (why === undefined) return name;
  throw new RondoError("bad-link-name", `"${name}" can't be the name of a network device: ${why}`);
}

/** @throws {RondoError} "bad-mtu": not a size in bytes. The kernel knows which sizes the device can do. */
export function checkMtu(mtu: number | undefined): number | undefined {
  if (mtu === undefined || (Number.isInteger(mtu) && mtu > 0 && mtu <= 0x7fffffff)) return mtu;
  throw new RondoError("bad-mtu", `${mtu} is not an MTU, which is a number of bytes`);
}

/** @throws {NetlinkError} ENODEV if there is no such link. */
export function indexOfLink(socket: NetlinkSocket, link: LinkReference): number {
  if (typeof link === "number") return link;
  const [message] = socket.request(linkQuestion(link));
  if (!message) throw new NetlinkError(`find link ${link}`, 19);
  return parseLink(message.body).index;
}

export function linkQuestion(link: LinkReference, leaveOut = skipStatistics): Request {
  const body = new BodyWriter().structure(linkHead(typeof link === "number" ? link : 0));
  if (typeof link === "string") body.text(LinkAttribute.name, checkLinkName(link));
  return {
    operation: `find link ${link}`,
    type: RTM_GETLINK,
    body: body.u32(LinkAttribute.extraMask, leaveOut).finish(),
  };
}
