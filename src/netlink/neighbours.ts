import type { IpAddress } from "../wire/address.js";
import type { MacAddress } from "../wire/mac.js";
import { Attributes, BodyWriter } from "./attributes.js";
import { indexOfLink, type LinkReference } from "./link-name.js";
import type { MacInput } from "./mac-input.js";
import { MessageFlag } from "./message.js";
import { NetlinkError } from "./netlink-error.js";
import type { NetlinkSocket, Request } from "./netlink-socket.js";
import { familyNumber, ipVersion, Structure } from "./structure.js";

export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
const RTM_GETNEIGH = 30;

/*
 * The head of a neighbour message: struct ndmsg (include/uapi/linux/neighbour.h).
 *
 *   0        1        2        4               8        10       11       12
 *   | family |        0        |  link index   | state  | flags  |  type  |
 */
const headSize = 12;
/** NDA_* */
const Attribute = { address: 1, mac: 2, extraFlags: 15 };
const NTF_ROUTER = 0x80;
/** NTF_EXT_MANAGED: Linux 5.16. */
const managedFlag = 1;

/** NUD_* */
const State = {
  none: 0x00,
  incomplete: 0x01,
  reachable: 0x02,
  stale: 0x04,
  delay: 0x08,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
} as const;
export type NeighbourState = keyof typeof State;

/** What the host knows of a neighbour's Ethernet address. */
export interface Neighbour {
  readonly link: number;
  readonly address: IpAddress;
  readonly mac: MacAddress | undefined;
  readonly state: NeighbourState;
  /** The kernel resolves it again and again by itself. */
  readonly managed: boolean;
  /** IPv6: it said that it is a router. */
  readonly router: boolean;
}

/** Whether the kernel manages the neighbour now; if not, why. */
export type Management = { readonly managed: true } | { readonly managed: false; readonly reason: string };

/** Neighbours: ARP's and neighbour discovery's table. */
export class Neighbours {
  readonly #socket: NetlinkSocket;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** All neighbours, or those of a link, of both families unless one is given. */
  list(options: { link?: LinkReference; family?: 4 | 6 } = {}): Neighbour[] {
    const index = options.link === undefined ? 0 : indexOfLink(this.#socket, options.link);
    // The strict kernel filters by the attribute NDA_IFINDEX, not by the head's index, which it wants to be 0.
    const NDA_IFINDEX = 8;
    const body = new BodyWriter()
      .structure(Structure.ofSize(headSize).setU8(0, familyNumber(options.family)).bytes)
      .u32(NDA_IFINDEX, index === 0 ? undefined : index)
      .finish();
    return this.#socket
      .list({ operation: "list neighbours", type: RTM_GETNEIGH, body })
      .map((message) => parseNeighbour(message.body))
      .filter((neighbour) => neighbour !== undefined)
      .filter(({ link }) => index === 0 || link === index)
      .filter(({ address }) => options.family === undefined || address.family === options.family);
  }

  /** The entry of one neighbour, undefined if there is none. */
  find(link: LinkReference, address: IpAddress): Neighbour | undefined {
    const body = writeNeighbour(address, indexOfLink(this.#socket, link), State.none).finish();
    const operation = `find neighbour ${address} on ${link}`;
    try {
      const [message] = this.#socket.request({ operation, type: RTM_GETNEIGH, body });
      return message && parseNeighbour(message.body);
    } catch (error) {
      if (NetlinkError.is(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  /** Adds an entry that stays. @throws {NetlinkError} EEXIST if there is an entry of any state. */
  add(link: LinkReference, address: IpAddress, mac: MacInput): void {
    this.#socket.request(this.#permanent("add", link, address, mac, MessageFlag.exclusive));
  }

  /** Adds an entry that stays, or puts it in the place of the one that is there. */
  replace(link: LinkReference, address: IpAddress, mac: MacInput): void {
    this.#socket.request(this.#permanent("replace", link, address, mac, MessageFlag.replace));
  }

  /**
   * Has the kernel resolve the neighbour now and keep it resolved (Linux 5.16). A kernel that refuses this, or takes
   * it and forgets the flag, is no error but an answer.
   */
  manage(link: LinkReference, address: IpAddress): Management {
    const index = indexOfLink(this.#socket, link);
    const body = writeNeighbour(address, index, State.none).u32(Attribute.extraFlags, managedFlag).finish();
    try {
      this.#socket.request({
        operation: `manage neighbour ${address} on ${link}`,
        type: RTM_NEWNEIGH,
        flags: MessageFlag.create | MessageFlag.replace,
        body,
      });
    } catch (error) {
      if (NetlinkError.is(error, "EINVAL", "EOPNOTSUPP")) return { managed: false, reason: error.message };
      throw error;
    }
    // Kernels before 5.16 don't know the attribute and pass over it.
    if (this.find(index, address)?.managed) return { managed: true };
    return { managed: false, reason: "this kernel does not know managed neighbours (Linux 5.16 does)" };
  }

  /** @throws {NetlinkError} ENOENT if there is no entry. */
  remove(link: LinkReference, address: IpAddress): void {
    const body = writeNeighbour(address, indexOfLink(this.#socket, link), State.none).finish();
    this.#socket.request({
      operation: `remove neighbour ${address} from ${link}`,
      type: RTM_DELNEIGH,
      body,
    });
  }

  #permanent(verb: string, link: LinkReference, address: IpAddress, mac: MacInput, flags: number): Request {
    return {
      operation: `${verb} neighbour ${address} on ${link}`,
      type: RTM_NEWNEIGH,
      flags: MessageFlag.create | flags,
      body: writeNeighbour(address, indexOfLink(this.#socket, link), State.permanent)
        .mac(Attribute.mac, mac)
        .finish(),
    };
  }
}

function writeNeighbour(address: IpAddress, link: number, state: number): BodyWriter {
  const head = Structure.ofSize(headSize)
    .setU8(0, familyNumber(address.family))
    .setU32(4, link)
    .setU16(8, state);
  return new BodyWriter().structure(head.bytes).address(Attribute.address, address);
}

/** Reads the body of RTM_NEWNEIGH or RTM_DELNEIGH; undefined for what is no IP neighbour (a bridge's entries). */
export function parseNeighbour(body: Uint8Array): Neighbour | undefined {
  const { head, rest } = Structure.split(body, headSize, "ndmsg");
  if (ipVersion(head.u8(0)) === undefined) return undefined;
  const attributes = Attributes.parse(rest);
  const address = attributes.address(Attribute.address);
  if (!address) return undefined;
  const state = head.u16(8);
  return {
    link: head.u32(4),
    address,
    mac: attributes.mac(Attribute.mac),
    state: stateName(state),
    managed: ((attributes.u32(Attribute.extraFlags) ?? 0) & managedFlag) !== 0,
    router: (head.u8(10) & NTF_ROUTER) !== 0,
  };
}

function stateName(state: number): NeighbourState {
  for (const [name, bit] of Object.entries(State)) if (state === bit) return name as NeighbourState;
  return "none";
}
