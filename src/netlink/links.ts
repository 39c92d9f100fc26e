import { withNetworkNamespace } from "../sys/index.js";
import { BodyWriter } from "./attributes.js";
import { type Link, LinkAttribute, linkHead, parseLink } from "./link.js";
import {
  type NewBridge,
  type NewIpvlan,
  type NewMacvlan,
  type NewVeth,
  writeBridge,
  writeIpvlan,
  writeMacvlan,
  writeVeth,
} from "./link-kinds.js";
import {
  checkLinkName,
  checkMtu,
  indexOfLink,
  type LinkReference,
  linkQuestion,
  RTM_GETLINK,
  skipStatistics,
} from "./link-name.js";
import { type LinkStatistics, parseStatistics } from "./link-statistics.js";
import type { MacInput } from "./mac-input.js";
import { MessageFlag } from "./message.js";
import { NetlinkError } from "./netlink-error.js";
import { NetlinkProtocol, NetlinkSocket, type Request } from "./netlink-socket.js";
import { AF_INET6 } from "./structure.js";

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
const create = MessageFlag.create | MessageFlag.exclusive;

/** IN6_ADDR_GEN_MODE_*: how a link gets its fe80:: address; "none": it gets none. */
const AddressGeneration = { eui64: 0, none: 1, "stable-privacy": 2, random: 3 } as const;
const IFLA_INET6_ADDR_GEN_MODE = 8;

/** What of a link is to change. */
export interface LinkChange {
  readonly up?: boolean;
  readonly mac?: MacInput;
  readonly mtu?: number;
  /** The bridge that it becomes a port of; null takes it out. */
  readonly master?: LinkReference | null;
  /** Set before `up` where both are given, so that "none" leaves no link-local address. */
  readonly addressGeneration?: keyof typeof AddressGeneration;
  /** The largest packet that the stack hands to the link before segmentation, in bytes and in segments. */
  readonly gsoMaxSize?: number;
  readonly gsoMaxSegments?: number;
  readonly groMaxSize?: number;
}

/** Network devices. Errors are {@link NetlinkError}: ENODEV for a link that is not there, EEXIST for one that is. */
export class Links {
  readonly #socket: NetlinkSocket;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** All links, by index. */
  list(): Link[] {
    const body = new BodyWriter()
      .structure(linkHead(0))
      .u32(LinkAttribute.extraMask, skipStatistics)
      .finish();
    return this.#socket
      .list({ operation: "list links", type: RTM_GETLINK, body })
      .map((message) => parseLink(message.body));
  }

  /** @throws {NetlinkError} ENODEV */
  get(link: LinkReference): Link {
    const [message] = this.#socket.request(linkQuestion(link));
    if (!message) throw new NetlinkError(`find link ${link}`, 19);
    return parseLink(message.body);
  }

  find(link: LinkReference): Link | undefined {
    try {
      return this.get(link);
    } catch (error) {
      if (NetlinkError.is(error, "ENODEV")) return undefined;
      throw error;
    }
  }

  /** What has gone through a link since it was made. @throws {NetlinkError} ENODEV */
  statistics(link: LinkReference): LinkStatistics {
    const [message] = this.#socket.request({
      ...linkQuestion(link, 0),
      operation: `read statistics of ${link}`,
    });
    if (!message) throw new NetlinkError(`read statistics of ${link}`, 19);
    return parseStatistics(message.body);
  }

  /** Makes a pair of links joined by a cable; each end may be in another namespace. */
  createVeth(veth: NewVeth): void {
    // The kernel makes the peer first, and refuses to open it while it has no other end (ENOTCONN).
    const { up, ...peer } = veth.peer;
    this.#create(veth.name, writeVeth(new BodyWriter(), { ...veth, peer }));
    if (!up) return;
    try {
      inNamespace(this.#socket, peer.namespace, (socket) => new Links(socket).up(peer.name));
    } catch (error) {
      inNamespace(this.#socket, veth.namespace, (socket) => new Links(socket).remove(veth.name));
      throw error;
    }
  }

  createBridge(bridge: NewBridge): void {
    this.#create(bridge.name, writeBridge(new BodyWriter(), bridge));
  }

  createMacvlan(macvlan: NewMacvlan): void {
    const parent = indexOfLink(this.#socket, macvlan.parent);
    this.#create(macvlan.name, writeMacvlan(new BodyWriter(), macvlan, parent));
  }

  /** @throws {NetlinkError} EOPNOTSUPP where the kernel has no ipvlan. */
  createIpvlan(ipvlan: NewIpvlan): void {
    const parent = indexOfLink(this.#socket, ipvlan.parent);
    this.#create(ipvlan.name, writeIpvlan(new BodyWriter(), ipvlan, parent));
  }

  /**
   * Changes a link: down before the other changes, up after them.
   * @throws {NetlinkError} of the first change that was refused.
   */
  change(link: LinkReference, change: LinkChange): void {
    const { up, ...others } = change;
    const index = indexOfLink(this.#socket, link);
    const requests: Request[] = [];
    if (up === false) requests.push(this.#setUp(link, index, false));
    if (Object.values(others).some((value) => value !== undefined)) {
      const body = new BodyWriter().structure(linkHead(index));
      this.#writeChange(body, others);
      requests.push({ operation: `change link ${link}`, type: RTM_NEWLINK, body: body.finish() });
    }
    if (up === true) requests.push(this.#setUp(link, index, true));
    // One after the other: a link whose address generation was refused is not to come up.
    for (const request of requests) this.#socket.request(request);
  }

  up(link: LinkReference): void {
    this.change(link, { up: true });
  }

  down(link: LinkReference): void {
    this.change(link, { up: false });
  }

  rename(link: LinkReference, name: string): void {
    const body = new BodyWriter()
      .structure(linkHead(indexOfLink(this.#socket, link)))
      .text(LinkAttribute.name, checkLinkName(name))
      .finish();
    this.#socket.request({ operation: `rename link ${link} to ${name}`, type: RTM_NEWLINK, body });
  }

  /** Moves a link to the namespace of the descriptor, where it is down and may be given another name. */
  moveTo(link: LinkReference, namespace: number, name?: string): void {
    const body = new BodyWriter()
      .structure(linkHead(indexOfLink(this.#socket, link)))
      .u32(LinkAttribute.namespaceFd, namespace)
      .text(LinkAttribute.name, name === undefined ? undefined : checkLinkName(name))
      .finish();
    this.#socket.request({ operation: `move link ${link} to another namespace`, type: RTM_NEWLINK, body });
  }

  /** Deletes a link; of a veth both ends. */
  remove(link: LinkReference): void {
    const body = new BodyWriter().structure(linkHead(indexOfLink(this.#socket, link))).finish();
    this.#socket.request({ operation: `remove link ${link}`, type: RTM_DELLINK, body });
  }

  #create(name: string, body: BodyWriter): void {
    const operation = `add link ${name}`;
    this.#socket.request({ operation, type: RTM_NEWLINK, flags: create, body: body.finish() });
  }

  #setUp(link: LinkReference, index: number, up: boolean): Request {
    return {
      operation: `set link ${link} ${up ? "up" : "down"}`,
      type: RTM_NEWLINK,
      body: linkHead(index, up),
    };
  }

  #writeChange(body: BodyWriter, change: Omit<LinkChange, "up">): void {
    const { master, addressGeneration } = change;
    body
      .mac(LinkAttribute.address, change.mac)
      .u32(LinkAttribute.mtu, checkMtu(change.mtu))
      .u32(LinkAttribute.gsoMaxSize, change.gsoMaxSize)
      .u32(LinkAttribute.gsoMaxSegments, change.gsoMaxSegments)
      .u32(LinkAttribute.groMaxSize, change.groMaxSize);
    if (master !== undefined)
      body.u32(LinkAttribute.master, master === null ? 0 : indexOfLink(this.#socket, master));
    if (addressGeneration !== undefined)
      body.nested(LinkAttribute.afSpec, (families) =>
        families.nested(AF_INET6, (inet6) =>
          inet6.u8(IFLA_INET6_ADDR_GEN_MODE, AddressGeneration[addressGeneration]),
        ),
      );
  }
}

/** Does work with the socket, or with one that is open for that long in another namespace. */
function inNamespace(
  own: NetlinkSocket,
  namespace: number | undefined,
  work: (socket: NetlinkSocket) => void,
): void {
  if (namespace === undefined) {
    work(own);
    return;
  }
  const socket = withNetworkNamespace(namespace, () => new NetlinkSocket(NetlinkProtocol.route));
  try {
    work(socket);
  } finally {
    socket.close();
  }
}
