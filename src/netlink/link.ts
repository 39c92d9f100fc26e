import type { MacAddress } from "../wire/mac.js";
import { Attributes } from "./attributes.js";
import { Structure } from "./structure.js";

/*
 * The head of a link message: struct ifinfomsg (include/uapi/linux/rtnetlink.h). In a request, `change` says which of
 * the flags are meant.
 *
 *   0        1        2               4               8               12              16
 *   | family |   0    | hardware type |     index     |     flags     |    change     |
 */
export const linkHeadSize = 16;
const LinkFlag = { up: 0x1, loopback: 0x8, promiscuous: 0x100, lowerUp: 0x10000 } as const;

export function linkHead(index: number, up?: boolean): Uint8Array {
  const head = Structure.ofSize(linkHeadSize).setU32(4, index);
  if (up !== undefined) head.setU32(8, up ? LinkFlag.up : 0).setU32(12, LinkFlag.up);
  return head.bytes;
}

/** IFLA_*, include/uapi/linux/if_link.h */
export const LinkAttribute = {
  address: 1,
  name: 3,
  mtu: 4,
  link: 5,
  master: 10,
  operationalState: 16,
  info: 18,
  stats64: 23,
  afSpec: 26,
  namespaceFd: 28,
  extraMask: 29,
  carrier: 33,
  linkNamespaceId: 37,
  gsoMaxSegments: 40,
  gsoMaxSize: 41,
  xdp: 43,
  parentDevice: 56,
  parentBus: 57,
  groMaxSize: 58,
} as const;

/** IFLA_INFO_* */
export const LinkInfo = { kind: 1, data: 2, portKind: 4 } as const;

/** IFLA_XDP_* and XDP_ATTACHED_* */
const Xdp = { attached: 2, programId: 4, driverProgramId: 5, genericProgramId: 6, hardwareProgramId: 7 };
const xdpModes = ["none", "native", "generic", "hardware", "multiple"] as const;

/** RFC 2863's ifOperStatus, in the order of the kernel's IF_OPER_*. */
const operationalStates = [
  "unknown",
  "not present",
  "down",
  "lower layer down",
  "testing",
  "dormant",
  "up",
] as const;
export type OperationalState = (typeof operationalStates)[number];

/** The XDP programs of a link. */
export interface AttachedXdp {
  readonly mode: "native" | "generic" | "hardware" | "multiple";
  /** Ids of the programs, of one or, in mode "multiple", of several modes. */
  readonly programIds: readonly number[];
}

/** A network device as it was when it was asked for. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** ARPHRD_*: 1 is Ethernet, 772 loopback. */
  readonly hardwareType: number;
  readonly loopback: boolean;
  /** Of devices with Ethernet addresses (`lo` has one of zeros). */
  readonly mac: MacAddress | undefined;
  readonly mtu: number;
  /** Switched on by the administrator. */
  readonly up: boolean;
  /** Whether there is a signal: for a veth, whether its peer is up too. False while the link is down. */
  readonly carrier: boolean;
  readonly operationalState: OperationalState;
  /** "veth", "bridge", "macvlan", "tun"...; undefined for hardware and `lo`. */
  readonly kind: string | undefined;
  /** Of a port: its master's kind, "bridge" mostly. */
  readonly portKind: string | undefined;
  /** Of a port: its master's index. */
  readonly master: number | undefined;
  /** The index of the link that this one belongs to: a veth's peer, a macvlan's parent. */
  readonly related: number | undefined;
  /** Set when the related link is in another namespace: that one's id here (-1: it has none here). */
  readonly relatedNamespace: number | undefined;
  readonly xdp: AttachedXdp | undefined;
  readonly gsoMaxSize: number | undefined;
  readonly gsoMaxSegments: number | undefined;
  readonly groMaxSize: number | undefined;
  /** The device behind a link that is not virtual ("virtio" and "virtio2", "pci" and "0000:01:00.0"). Linux 5.14. */
  readonly hardware: { readonly bus: string; readonly device: string } | undefined;
}

/** Reads the body of RTM_NEWLINK or RTM_DELLINK. */
export function parseLink(body: Uint8Array): Link {
  const { head, rest } = Structure.split(body, linkHeadSize, "ifinfomsg");
  const attributes = Attributes.parse(rest);
  const info = attributes.nested(LinkAttribute.info);
  const flags = head.u32(8);
  const bus = attributes.text(LinkAttribute.parentBus);
  const device = attributes.text(LinkAttribute.parentDevice);
  const related = attributes.u32(LinkAttribute.link);
  return {
    index: head.u32(4),
    name: attributes.text(LinkAttribute.name) ?? "",
    hardwareType: head.u16(2),
    loopback: (flags & LinkFlag.loopback) !== 0,
    mac: attributes.mac(LinkAttribute.address),
    mtu: attributes.u32(LinkAttribute.mtu) ?? 0,
    up: (flags & LinkFlag.up) !== 0,
    carrier: (flags & LinkFlag.lowerUp) !== 0,
    operationalState: operationalStates[attributes.u8(LinkAttribute.operationalState) ?? 0] ?? "unknown",
    kind: info?.text(LinkInfo.kind),
    portKind: info?.text(LinkInfo.portKind),
    master: attributes.u32(LinkAttribute.master),
    related: related === 0 ? undefined : related,
    relatedNamespace: attributes.s32(LinkAttribute.linkNamespaceId),
    xdp: parseXdp(attributes.nested(LinkAttribute.xdp)),
    gsoMaxSize: attributes.u32(LinkAttribute.gsoMaxSize),
    gsoMaxSegments: attributes.u32(LinkAttribute.gsoMaxSegments),
    groMaxSize: attributes.u32(LinkAttribute.groMaxSize),
    hardware: bus === undefined || device === undefined ? undefined : { bus, device },
  };
}

function parseXdp(attributes: Attributes | undefined): AttachedXdp | undefined {
  const mode = xdpModes[attributes?.u8(Xdp.attached) ?? 0] ?? "multiple";
  if (!attributes || mode === "none") return undefined;
  const types = [Xdp.programId, Xdp.driverProgramId, Xdp.genericProgramId, Xdp.hardwareProgramId];
  const ids = types.map((type) => attributes.u32(type)).filter((id) => id !== undefined && id !== 0);
  return { mode, programIds: [...new Set(ids as number[])] };
}
