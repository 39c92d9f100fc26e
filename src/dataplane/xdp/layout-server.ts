import { be16, bytes, struct, u8, u32 } from "../../asm/index.js";
import { Statistics } from "./layout-service.js";

/**
 * Whether packets can be sent to a server now. Those of a removed server's connections are dropped, unless there is no
 * service left at all ("released"): then they are the host's, as when the kernel's IPVS has taken its hooks away.
 */
export const Ready = {
  unknown: 0,
  yes: 1,
  notOurs: 2,
  noRoute: 3,
  removed: 4,
  released: 5,
  /** There is a route, but nobody answers who has the next address on it. */
  noNeighbour: 6,
} as const;

/** Forwarding methods, by the kernel's numbers (IP_VS_CONN_F_FWD_MASK). */
export const Method = { masq: 0, local: 1, tunnel: 2, droute: 3 } as const;

/** Bits of a server's flags. */
export const ServerFlag = { overloaded: 1 } as const;

/** How packets are wrapped for a server behind a tunnel (IP_VS_CONN_F_TUNNEL_TYPE_*, include/uapi/linux/ip_vs.h). */
export const TunnelType = { ipip: 0, gue: 1, gre: 2 } as const;
/** Whether a tunnel's header has a checksum: over the whole packet, or (GUE) left to the receiver to complete. */
export const TunnelFlag = { checksum: 1, remoteChecksum: 2 } as const;

export const NextHop = struct("NextHop", { destination: bytes(6, 2), source: bytes(6, 2) });

/**
 * A real server. The first line is what every packet reads: how to reach it, found anew when `checked` is more than a
 * second old.
 */
export const Server = struct(
  "Server",
  {
    ready: u32,
    checked: u32,
    device: u32,
    /** Destination and source MAC, as they stand in the frame. */
    nextHop: NextHop,
    /** The longest packet that can be sent there in a tunnel: `mtu` less what that adds. Nothing shorter is too long. */
    limit: u32,
    address: bytes(16, 4),
    service: u32,
    port: be16,
    method: u8,
    family: u8,
    use: u32,

    weight: u32,
    flags: u32,
    active: u32,
    inactive: u32,
    persistent: u32,
    upperThreshold: u32,
    lowerThreshold: u32,
    /** When it was removed, in ticks. */
    removedAt: u32,
    /** The service it belongs or belonged to, also after that is gone. */
    serviceAddress: bytes(16, 4),
    servicePort: be16,
    serviceProtocol: u8,
    serviceFamily: u8,
    /** The director's own address towards it, for the outer header of a tunnel. */
    tunnelSource: bytes(16, 4),
    /** The method that it was given; `method` says what is done: a server on this host is reached by its stack. */
    configured: u8,
    /** See {@link TunnelType} and {@link TunnelFlag}; the port is GUE's, and a tunnel only if the method is. */
    tunnelType: u8,
    tunnelFlags: u8,
    tunnelPort: be16,
    /** The largest packet that the way to it takes: an IP header and all that follows. */
    mtu: u32,
    /** What the route to it says beside the device (0: nothing), of which the look-up in the packet plane doesn't tell. */
    routeMtu: u32,
    /** What a router within the tunnel to it told (0: nothing), and until when that is believed, in ticks. */
    pathMtu: u32,
    pathMtuUntil: u32,
    /** What its statistics were when they were last set to zero. */
    baseline: Statistics,
    /** The last weight that was not 0, or the one that it came with. */
    lastWeight: u32,
    /** Counts the servers that had this slot: what remembers one of them sees whether it is still the same. */
    stamp: u32,
    /** 0, or since when its neighbour is being asked for without an answer, in ticks. */
    silentSince: u32,
  },
  { size: 256 },
);
