import type { BodyWriter } from "./attributes.js";
import { LinkAttribute, LinkInfo, linkHead } from "./link.js";
import { checkLinkName, checkMtu, type LinkReference } from "./link-name.js";
import type { MacInput } from "./mac-input.js";

/** What a new link of any kind may be given. */
export interface NewLink {
  readonly name: string;
  /** The kernel takes a random one if there is none. */
  readonly mac?: MacInput;
  readonly mtu?: number;
  /** Descriptor of the network namespace it is made in; the socket's own if there is none. */
  readonly namespace?: number;
  readonly up?: boolean;
}

/** One end of a pair, with its other end. */
export interface NewVeth extends NewLink {
  readonly peer: NewLink;
}

/** A switch that forwards at once: no forward delay, no multicast snooping, no spanning tree. */
export interface NewBridge extends NewLink {
  /** Spanning tree; off unless true. */
  readonly spanningTree?: boolean;
  /** Seconds a port listens and learns before it forwards: 0 unless said. */
  readonly forwardDelay?: number;
  /** Off unless true: with it, multicast waits for queries that nobody in a lab sends. */
  readonly multicastSnooping?: boolean;
}

/** MACVLAN_MODE_*. "private": macvlans of one parent don't hear each other; "bridge": they do. */
const MacvlanMode = { private: 1, vepa: 2, bridge: 4, passthru: 8 } as const;

/** A further Ethernet address on a link, with a device of its own. */
export interface NewMacvlan extends NewLink {
  readonly parent: LinkReference;
  /** "private" unless said, as VRRP wants it. */
  readonly mode?: keyof typeof MacvlanMode;
}

/** IPVLAN_F_*: "bridge" (ipvlans of one parent hear each other) has none. */
const IpvlanFlag = { bridge: 0, private: 1, vepa: 2 } as const;

/** A further device on a link, of mode L2, with the link's own Ethernet address: for switches that take but one. */
export interface NewIpvlan extends Omit<NewLink, "mac"> {
  readonly parent: LinkReference;
  /** "bridge" unless said. */
  readonly mode?: keyof typeof IpvlanFlag;
}

const VETH_INFO_PEER = 1;
const Bridge = { forwardDelay: 1, spanningTree: 5, multicastSnooping: 23 };
const MACVLAN_MODE = 1;
/** IFLA_IPVLAN_*; mode 0 is L2. */
const Ipvlan = { mode: 1, flags: 2 };
/** The bridge counts time in hundredths of seconds (USER_HZ). */
const ticksPerSecond = 100;

/** The attributes that all kinds have in common; the head comes before them. */
function writeNewLink(body: BodyWriter, link: NewLink): BodyWriter {
  return body
    .structure(linkHead(0, link.up))
    .text(LinkAttribute.name, checkLinkName(link.name))
    .mac(LinkAttribute.address, link.mac)
    .u32(LinkAttribute.mtu, checkMtu(link.mtu))
    .u32(LinkAttribute.namespaceFd, link.namespace);
}

export function writeVeth(body: BodyWriter, veth: NewVeth): BodyWriter {
  return writeNewLink(body, veth).nested(LinkAttribute.info, (info) =>
    info
      .text(LinkInfo.kind, "veth")
      .nested(LinkInfo.data, (data) =>
        data.nested(VETH_INFO_PEER, (peer) => void writeNewLink(peer, veth.peer)),
      ),
  );
}

export function writeBridge(body: BodyWriter, bridge: NewBridge): BodyWriter {
  return writeNewLink(body, bridge).nested(LinkAttribute.info, (info) =>
    info.text(LinkInfo.kind, "bridge").nested(LinkInfo.data, (data) =>
      data
        .u32(Bridge.forwardDelay, Math.round((bridge.forwardDelay ?? 0) * ticksPerSecond))
        .u32(Bridge.spanningTree, bridge.spanningTree ? 1 : 0)
        .u8(Bridge.multicastSnooping, bridge.multicastSnooping ? 1 : 0),
    ),
  );
}

export function writeMacvlan(body: BodyWriter, macvlan: NewMacvlan, parentIndex: number): BodyWriter {
  return writeNewLink(body, macvlan)
    .u32(LinkAttribute.link, parentIndex)
    .nested(LinkAttribute.info, (info) =>
      info
        .text(LinkInfo.kind, "macvlan")
        .nested(LinkInfo.data, (data) => data.u32(MACVLAN_MODE, MacvlanMode[macvlan.mode ?? "private"])),
    );
}

export function writeIpvlan(body: BodyWriter, ipvlan: NewIpvlan, parentIndex: number): BodyWriter {
  return writeNewLink(body, ipvlan)
    .u32(LinkAttribute.link, parentIndex)
    .nested(LinkAttribute.info, (info) =>
      info
        .text(LinkInfo.kind, "ipvlan")
        .nested(LinkInfo.data, (data) =>
          data.u16(Ipvlan.mode, 0).u16(Ipvlan.flags, IpvlanFlag[ipvlan.mode ?? "bridge"]),
        ),
    );
}
