import { RondoError } from "../errors.js";
import type { IpAddress } from "../wire/address.js";
import { Attributes, BodyWriter } from "./attributes.js";
import { indexOfLink, type LinkReference } from "./link-name.js";
import { MalformedMessageError } from "./malformed.js";
import { MessageFlag } from "./message.js";
import type { NetlinkError } from "./netlink-error.js";
import type { NetlinkSocket, Request } from "./netlink-socket.js";
import { checkPrefixLength, Scope, scopeNumber } from "./prefix.js";
import { familyNumber, ipVersion, nameOf, Structure } from "./structure.js";

export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
const RTM_GETADDR = 22;

/*
 * The head of an address message: struct ifaddrmsg (include/uapi/linux/if_addr.h).
 *
 *   0        1        2        3        4               8
 *   | family | prefix | flags  | scope  |  link index   |
 */
const headSize = 8;
/** IFA_*. "address" is the peer's on a point-to-point link, else the same as "local". */
const Attribute = { address: 1, local: 2, label: 3, broadcast: 4, lifetimes: 6, flags: 8, protocol: 11 };
/** IFA_F_* */
const Flag = {
  secondary: 0x01,
  noDuplicateDetection: 0x02,
  duplicate: 0x08,
  home: 0x10,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
  manageTemporary: 0x100,
  noPrefixRoute: 0x200,
  autoJoin: 0x400,
};
/** A lifetime that does not end. */
const forever = 0xffffffff;
const longestLabel = 15;

/** An address of a link, with its prefix. */
export interface LinkAddress {
  readonly link: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Of a point-to-point address: the other end's. */
  readonly peer: IpAddress | undefined;
  readonly broadcast: IpAddress | undefined;
  /** IPv4's label: the link's name, or one as "ens33:0". */
  readonly label: string | undefined;
  readonly scope: string;
  /** Seconds until it goes by itself; undefined: never. */
  readonly validSeconds: number | undefined;
  /** Seconds until it is no longer taken for new connections (0: it is deprecated); undefined: never. */
  readonly preferredSeconds: number | undefined;
  /** IPv4: not the first of its prefix on this link. IPv6: temporary. */
  readonly secondary: boolean;
  /** IPv6: duplicate detection is not done yet, the address can't be used. */
  readonly tentative: boolean;
  /** IPv6: duplicate detection found another host with it. */
  readonly duplicate: boolean;
  readonly noPrefixRoute: boolean;
  /** Who made it (Linux 5.18): 0 if nobody said; 1 to 3 are the kernel's own, others are free. */
  readonly protocol: number;
}

/** An address to be added. */
export interface NewAddress {
  readonly address: IpAddress;
  /** 32 or 128 if none is given. */
  readonly prefixLength?: number;
  readonly peer?: IpAddress;
  readonly broadcast?: IpAddress;
  /** IPv4 only, at most 15 bytes. */
  readonly label?: string;
  /** "host" for loopback addresses, else "global", if none is given. */
  readonly scope?: Scope | number;
  /** Whole seconds, at least 1. The kernel takes the address away between then and a quarter of a second later. */
  readonly validSeconds?: number;
  readonly preferredSeconds?: number;
  /** IPv6: the address works at once. */
  readonly noDuplicateDetection?: boolean;
  /** No route to its prefix is made. */
  readonly noPrefixRoute?: boolean;
  /** IPv6: the home address of RFC 6275. */
  readonly home?: boolean;
  /** IPv6: the kernel makes temporary addresses (RFC 8981) beside it. */
  readonly manageTemporary?: boolean;
  /** A multicast address: the link joins its group. */
  readonly autoJoin?: boolean;
  /** Who made it, 1 to 255; kernels before 5.18 forget it. */
  readonly protocol?: number;
}

/** Addresses of links, IPv4 and IPv6. */
export class Addresses {
  readonly #socket: NetlinkSocket;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** All addresses, or those of a link. */
  list(link?: LinkReference): LinkAddress[] {
    const index = link === undefined ? 0 : indexOfLink(this.#socket, link);
    const body = Structure.ofSize(headSize).setU32(4, index).bytes;
    return this.#socket
      .list({ operation: "list addresses", type: RTM_GETADDR, body })
      .map((message) => parseAddress(message.body))
      .filter((address) => address !== undefined)
      .filter((address) => index === 0 || address.link === index);
  }

  /** @throws {NetlinkError} EEXIST if the link has it already. */
  add(link: LinkReference, address: NewAddress): void {
    this.#socket.request(this.#request("add", link, address, MessageFlag.create | MessageFlag.exclusive));
  }

  /** Adds an address, or gives the one that is there these lifetimes and flags. */
  replace(link: LinkReference, address: NewAddress): void {
    this.#socket.request(this.#request("replace", link, address, MessageFlag.create | MessageFlag.replace));
  }

  /**
   * As {@link replace} for many, with few system calls. Links are given by their index.
   * @returns for each the refusal, or undefined if it was done.
   */
  replaceAll(
    wanted: readonly { readonly link: number; readonly address: NewAddress }[],
  ): (NetlinkError | undefined)[] {
    const flags = MessageFlag.create | MessageFlag.replace;
    return this.#socket.batch(wanted.map(({ link, address }) => this.#request("set", link, address, flags)));
  }

  /** As {@link remove} for many: for each the refusal, or undefined if it was done. */
  removeAll(
    unwanted: readonly { readonly link: number; readonly address: NewAddress }[],
  ): (NetlinkError | undefined)[] {
    return this.#socket.batch(unwanted.map(({ link, address }) => this.#removal(link, address)));
  }

  /**
   * Removes an address. Removing an IPv4 address that is the first of its prefix removes the secondary ones of that
   * prefix too, unless promote_secondaries is set.
   * @throws {NetlinkError} EADDRNOTAVAIL if the link does not have it.
   */
  remove(
    link: LinkReference,
    address: Pick<NewAddress, "address" | "prefixLength" | "label" | "peer">,
  ): void {
    this.#socket.request(this.#removal(link, address));
  }

  #removal(
    link: LinkReference,
    address: Pick<NewAddress, "address" | "prefixLength" | "label" | "peer">,
  ): Request {
    const { address: local } = address;
    const length = checkPrefixLength(local, address.prefixLength);
    const body = new BodyWriter()
      .structure(addressHead(local, length, 0, indexOfLink(this.#socket, link)))
      .address(Attribute.local, local)
      .address(Attribute.address, address.peer ?? local)
      .text(Attribute.label, address.label)
      .finish();
    return { operation: `remove address ${local}/${length} from ${link}`, type: RTM_DELADDR, body };
  }

  #request(verb: string, link: LinkReference, wanted: NewAddress, flags: number): Request {
    const { address } = wanted;
    const length = checkPrefixLength(address, wanted.prefixLength);
    const scope = wanted.scope ?? (isLoopback(address) ? "host" : "global");
    const body = new BodyWriter()
      .structure(addressHead(address, length, scopeNumber(scope), indexOfLink(this.#socket, link)))
      .address(Attribute.local, address)
      .address(Attribute.address, wanted.peer ?? address)
      .address(Attribute.broadcast, wanted.broadcast)
      .text(Attribute.label, checkLabel(wanted))
      .u32(
        Attribute.flags,
        (wanted.noDuplicateDetection ? Flag.noDuplicateDetection : 0) |
          (wanted.noPrefixRoute ? Flag.noPrefixRoute : 0) |
          (wanted.home ? Flag.home : 0) |
          (wanted.manageTemporary ? Flag.manageTemporary : 0) |
          (wanted.autoJoin ? Flag.autoJoin : 0),
      )
      .u8(Attribute.protocol, wanted.protocol)
      .bytes(Attribute.lifetimes, lifetimes(wanted))
      .finish();
    return { operation: `${verb} address ${address}/${length} on ${link}`, type: RTM_NEWADDR, flags, body };
  }
}

function addressHead(address: IpAddress, length: number, scope: number, link: number): Uint8Array {
  return Structure.ofSize(headSize)
    .setU8(0, familyNumber(address.family))
    .setU8(1, length)
    .setU8(3, scope)
    .setU32(4, link).bytes;
}

function checkLabel({ address, label }: NewAddress): string | undefined {
  if (label === undefined) return undefined;
  const size = new TextEncoder().encode(label).length;
  if (address.family === 4 && size > 0 && size <= longestLabel) return label;
  throw new RondoError(
    "bad-address-label",
    address.family === 6
      ? `${address} can't have the label "${label}": IPv6 addresses have none`
      : `the label "${label}" has ${size} bytes where 1 to ${longestLabel} are possible`,
  );
}

/**
 * struct ifa_cacheinfo: seconds, and times in hundredths that only the kernel sets.
 *
 *   0           4        8         12        16
 *   | preferred | valid  | created | changed |
 */
function lifetimes({ validSeconds, preferredSeconds }: NewAddress): Uint8Array | undefined {
  if (validSeconds === undefined && preferredSeconds === undefined) return undefined;
  const valid = validSeconds ?? forever;
  const preferred = preferredSeconds ?? valid;
  for (const seconds of [valid, preferred])
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > forever)
      throw new RondoError("bad-lifetime", `${seconds} is not a lifetime in whole seconds`);
  return Structure.ofSize(16).setU32(0, preferred).setU32(4, valid).bytes;
}

function isLoopback(address: IpAddress): boolean {
  if (address.family === 4) return address.bytes[0] === 127;
  return address.bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

/** Reads the body of RTM_NEWADDR or RTM_DELADDR; undefined for families that are not IP. */
export function parseAddress(body: Uint8Array): LinkAddress | undefined {
  const { head, rest } = Structure.split(body, headSize, "ifaddrmsg");
  if (ipVersion(head.u8(0)) === undefined) return undefined;
  const attributes = Attributes.parse(rest);
  const other = attributes.address(Attribute.address);
  const address = attributes.address(Attribute.local) ?? other;
  if (!address) throw new MalformedMessageError("an address message without an address");
  const flags = attributes.u32(Attribute.flags) ?? head.u8(2);
  const times = attributes.bytes(Attribute.lifetimes);
  const cache = times && Structure.split(times, 16, "ifa_cacheinfo").head;
  const seconds = (offset: number) => {
    const value = cache?.u32(offset);
    return value === forever ? undefined : value;
  };
  return {
    link: head.u32(4),
    address,
    prefixLength: head.u8(1),
    peer: other && !other.equals(address) ? other : undefined,
    broadcast: attributes.address(Attribute.broadcast),
    label: attributes.text(Attribute.label),
    scope: nameOf(Scope, head.u8(3)),
    validSeconds: seconds(4),
    preferredSeconds: seconds(0),
    secondary: (flags & Flag.secondary) !== 0,
    tentative: (flags & Flag.tentative) !== 0,
    duplicate: (flags & Flag.duplicate) !== 0,
    noPrefixRoute: (flags & Flag.noPrefixRoute) !== 0,
    protocol: attributes.u8(Attribute.protocol) ?? 0,
  };
}
