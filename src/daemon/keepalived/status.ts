import type { InstanceState } from "./role.js";

/** What has been counted of an instance, by the names that the real one's JSON has. */
export interface InstanceStatistics {
  readonly advert_rcvd: number;
  readonly advert_sent: number;
  readonly become_master: number;
  readonly release_master: number;
  readonly packet_len_err: number;
  readonly advert_interval_err: number;
  readonly ip_ttl_err: number;
  readonly invalid_type_rcvd: number;
  readonly addr_list_err: number;
  readonly invalid_authtype: number;
  readonly authtype_mismatch: number;
  readonly auth_failure: number;
  readonly pri_zero_rcvd: number;
  readonly pri_zero_sent: number;
  /** Ours. */
  readonly version_err: number;
  readonly checksum_err: number;
  readonly unicast_source_err: number;
}

/** Something that an instance follows, and how it is. */
export interface TrackedStatus {
  readonly kind: "interface" | "script" | "file" | "process" | "bfd";
  readonly name: string;
  readonly up: boolean;
  /** What it adds to the priority now; undefined: if it fails, the instance is in FAULT. */
  readonly weight?: number;
  readonly said?: string;
}

/** An instance as its role has it. */
export interface InstanceStatus {
  readonly name: string;
  readonly state: InstanceState | "INIT";
  /** As it is now, tracking counted. */
  readonly priority: number;
  /** Who is master, if it is another one, and his priority. */
  readonly master?: { readonly address: string; readonly priority: number };
  /** Milliseconds of Date. */
  readonly since?: number;
  readonly hasAddresses?: boolean;
  readonly tracked?: readonly TrackedStatus[];
  /** Sentences: why it is in its state, what would change it, what is wrong. */
  readonly explanation?: {
    readonly because: readonly string[];
    readonly changes: readonly string[];
    readonly warnings: readonly string[];
  };
  readonly statistics?: Partial<InstanceStatistics>;
}

export interface VrrpStatus {
  readonly instances: readonly InstanceStatus[];
  readonly groups: readonly { readonly name: string; readonly state: InstanceState | "INIT" }[];
}

export interface CheckStatus {
  readonly kind: string;
  readonly up: boolean;
  /** Of the last result, a sentence. */
  readonly said?: string;
  readonly runs?: number;
  readonly failures?: number;
}

export interface ServerStatus {
  readonly server: string;
  readonly up: boolean;
  readonly weight: number;
  readonly checks: readonly CheckStatus[];
}

export interface VirtualServerStatus {
  readonly virtualServer: string;
  readonly quorum: boolean;
  readonly sorry?: boolean;
  readonly servers: readonly ServerStatus[];
}

export interface CheckerStatus {
  /** Why the director is not as it should be. */
  readonly problem?: string;
  readonly virtualServers: readonly VirtualServerStatus[];
}

export interface BfdStatus {
  readonly sessions: readonly { readonly name: string; readonly state: string; readonly up: boolean }[];
}

/** What each role says; undefined where it has no process, or said nothing in time. */
export interface RoleStatuses {
  readonly vrrp?: VrrpStatus;
  readonly checker?: CheckerStatus;
  readonly bfd?: BfdStatus;
}
