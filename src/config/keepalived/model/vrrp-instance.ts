import type { IpAddress } from "../../../wire/address.js";
import type { GarpSettings } from "./global-defs.js";
import type { Place } from "./place.js";
import type { NotifyScripts, ScriptCommand } from "./script.js";

/** An address as virtual_ipaddress, virtual_ipaddress_excluded and static_ipaddress have it. */
export interface AddressEntry {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Default: the instance's interface (static: default_interface). */
  readonly device?: string;
  /** "+": the host bits set; "-": none; else an address. */
  readonly broadcast?: IpAddress | "+" | "-";
  readonly peer?: { readonly address: IpAddress; readonly prefixLength: number };
  /** RT_SCOPE_*: 0 global, 200 site, 253 link, 254 host. */
  readonly scope?: number;
  readonly label?: string;
  readonly home: boolean;
  readonly noDad: boolean;
  readonly manageTempAddress: boolean;
  readonly noPrefixRoute: boolean;
  readonly autoJoin: boolean;
  /** Seconds; "forever". IPv6 VIPs have 0 if nothing is said. */
  readonly preferredLifetime?: number | "forever";
  /** The VIP has a virtual MAC of its own: the interface's name, "" for one that we choose. */
  readonly useVmac?: string;
  /** Its interface going down is no fault. */
  readonly noTrack?: boolean;
  readonly trackGroup?: string;
  readonly at: Place;
}

/** One next hop of a route. */
export interface RouteHop {
  readonly via?: IpAddress;
  readonly device?: string;
  readonly weight?: number;
  readonly onlink: boolean;
}

/** A route, as `ip route` takes it. Metrics have the names that ip(8) gives them. */
export interface RouteEntry {
  readonly family: 4 | 6;
  readonly type:
    | "unicast"
    | "local"
    | "broadcast"
    | "multicast"
    | "throw"
    | "unreachable"
    | "prohibit"
    | "blackhole"
    | "nat"
    | "anycast";
  /** 0.0.0.0/0 or ::/0 is "default". */
  readonly destination: { readonly address: IpAddress; readonly prefixLength: number };
  readonly source?: { readonly address: IpAddress; readonly prefixLength: number };
  readonly preferredSource?: IpAddress;
  /** One hop: via and device; several: nexthop. */
  readonly hops: readonly RouteHop[];
  readonly table?: number;
  readonly tos?: number;
  readonly scope?: number;
  readonly protocol?: number;
  readonly metric?: number;
  /** mtu, advmss, window, rtt, rttvar, ssthresh, cwnd, initcwnd, initrwnd, hoplimit, reordering, rto_min, quickack, fastopen_no_cookie, features. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly lockedMetrics: readonly string[];
  readonly congestionControl?: string;
  readonly realms?: number;
  readonly preference?: number;
  /** IPv6 expiry in seconds. */
  readonly expires?: number;
  readonly append: boolean;
  readonly noTrack: boolean;
  readonly trackGroup?: string;
  readonly at: Place;
}

/** A policy rule, as `ip rule` takes it. */
export interface RuleEntry {
  readonly family: 4 | 6;
  readonly not: boolean;
  readonly from?: { readonly address: IpAddress; readonly prefixLength: number };
  readonly to?: { readonly address: IpAddress; readonly prefixLength: number };
  readonly preference?: number;
  readonly tos?: number;
  readonly mark?: { readonly value: number; readonly mask?: number };
  readonly incoming?: string;
  readonly outgoing?: string;
  readonly action: "lookup" | "goto" | "nop" | "blackhole" | "unreachable" | "prohibit";
  readonly table?: number;
  readonly gotoPreference?: number;
  readonly realms?: number;
  readonly suppressPrefixLength?: number;
  readonly suppressGroup?: number;
  readonly tunnelId?: bigint;
  readonly uidRange?: { readonly from: number; readonly to: number };
  readonly l3mdev: boolean;
  readonly protocol?: number;
  readonly ipProtocol?: number;
  readonly sourcePorts?: { readonly from: number; readonly to: number };
  readonly destinationPorts?: { readonly from: number; readonly to: number };
  readonly noTrack: boolean;
  readonly trackGroup?: string;
  readonly at: Place;
}

/** What an instance or a sync group follows; the weight is undefined where its definition's counts. */
export interface Tracked {
  /** Name of the interface, script, file, process or BFD instance. */
  readonly name: string;
  /** -253 … 253; 0: failing means FAULT. */
  readonly weight?: number;
  /** `reverse`: well counts as failing. */
  readonly reverse: boolean;
  readonly at: Place;
}

export interface Tracking {
  readonly interfaces: readonly Tracked[];
  readonly scripts: readonly Tracked[];
  readonly files: readonly Tracked[];
  readonly processes: readonly Tracked[];
  readonly bfds: readonly Tracked[];
}

/** A `vrrp_instance`, with defaults filled in. Times in milliseconds. */
export interface VrrpInstance {
  readonly name: string;
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  /** What the file says; it begins as BACKUP all the same unless its priority is 255. */
  readonly state: "MASTER" | "BACKUP";
  readonly interface: string;
  readonly virtualRouterId: number;
  /** 1 … 255. Default 100. */
  readonly priority: number;
  /** Default 1000. Version 2: whole seconds; version 3: steps of 10 ms, up to 40 950. */
  readonly advertInterval: number;
  readonly authentication?: {
    readonly type: "PASS" | "AH";
    /** At most 8 bytes; longer ones were cut. A secret: never in a log. */
    readonly password: string;
  };
  readonly addresses: readonly AddressEntry[];
  readonly excludedAddresses: readonly AddressEntry[];
  readonly promoteSecondaries: boolean;
  readonly routes: readonly RouteEntry[];
  readonly rules: readonly RuleEntry[];

  readonly preempt: boolean;
  readonly preemptDelay: number;
  readonly strict: boolean;
  /** Packets to the VIPs are for this host, also where it isn't the address owner. */
  readonly accept: boolean;
  readonly dontTrackPrimary: boolean;
  readonly trackSourceAddress: boolean;
  readonly nativeIpv6: boolean;
  readonly skipCheckAdvertAddresses: boolean;
  readonly lowerPriorityNoAdvert: boolean;
  readonly higherPrioritySendAdvert: boolean;
  readonly downTimerAdverts: number;
  readonly garp: GarpSettings;
  readonly garpExtraInterface?: { readonly all: boolean; readonly interval: number };
  /** Messages to the interface's kernel receive buffer, bytes. */
  readonly receiveBuffer?: number;

  readonly sourceAddress?: IpAddress;
  readonly multicastDestination?: IpAddress;
  readonly unicastPeers: readonly {
    readonly address: IpAddress;
    /** Refuse packets of this peer with another TTL (version 3: 255 − ttl …). */
    readonly minimumTtl?: number;
    readonly maximumTtl?: number;
  }[];
  /** A `unicast_peer` block stood there, be it empty. */
  readonly unicast: boolean;
  readonly unicastTtl?: number;
  readonly unicastFaultNoPeer: boolean;
  readonly checkUnicastSource: boolean;
  readonly oldUnicastChecksum: boolean;

  /** A macvlan with the virtual router's MAC, 00-00-5E-00-0{1,2}-VRID; name undefined: vmacPrefix.VRID. */
  readonly vmac?: {
    readonly name?: string;
    readonly kind: "macvlan" | "ipvlan";
    readonly address?: IpAddress;
    readonly mac?: Uint8Array;
  };
  /** use_vmac_addr: VIPs of other interfaces have virtual MACs too. */
  readonly vmacForAddresses?: boolean;
  /** Advertisements leave by the interface under the vmac. */
  readonly vmacXmitBase: boolean;
  readonly vmacGarpInterval?: number;

  readonly tracking: Tracking;
  readonly notify: NotifyScripts;
  /** `notify_deleted`: when a reload takes it away, DELETED is told instead of FAULT. */
  readonly notifyDeleted?: boolean;
  readonly notifyPriorityChanges: boolean;
  readonly smtpAlert?: boolean;
  readonly syncGroup?: string;
  readonly debug: number;
  readonly at: Place;
}

export interface VrrpSyncGroup {
  readonly name: string;
  /** Names of instances. */
  readonly members: readonly { readonly name: string; readonly at: Place }[];
  readonly globalTracking: boolean;
  readonly trackingWeight: boolean;
  readonly tracking: Tracking;
  readonly notify: NotifyScripts;
  readonly notifyPriorityChanges: boolean;
  readonly smtpAlert?: boolean;
  readonly at: Place;
}

/** `vrrp_script`. Times in milliseconds. */
export interface VrrpScript {
  readonly name: string;
  readonly command: ScriptCommand;
  /** Default 1000. */
  readonly interval: number;
  /** How long it may run; undefined: its interval. */
  readonly timeout?: number;
  readonly weight: number;
  readonly reverse: boolean;
  readonly rise: number;
  readonly fall: number;
  readonly initFail: boolean;
  readonly at: Place;
}

/** `track_file`. */
export interface TrackFile {
  readonly name: string;
  readonly path: string;
  readonly weight: number;
  readonly reverse: boolean;
  readonly init?: { readonly value: number; readonly overwrite: boolean };
  readonly at: Place;
}

/** `vrrp_track_process`. Times in milliseconds. */
export interface TrackProcess {
  readonly name: string;
  readonly path: string;
  readonly parameters: readonly string[];
  readonly parameterMatch?: "initial" | "partial" | "exact";
  readonly weight: number;
  readonly reverse: boolean;
  readonly quorum: number;
  readonly quorumMax?: number;
  readonly forkDelay: number;
  readonly terminateDelay: number;
  readonly fullCommand: boolean;
  readonly at: Place;
}

/** `interface_up_down_delays`. Milliseconds. */
export interface InterfaceDelays {
  readonly interface: string;
  readonly down: number;
  readonly up: number;
}

/** A static `track_group`: instances that go to FAULT with a static address, route or rule. */
export interface TrackGroup {
  readonly name: string;
  readonly instances: readonly string[];
  readonly at: Place;
}
