import type { IpAddress } from "../../../wire/address.js";
import type { Word } from "../grammar/statement.js";
import type {
  AddressEntry,
  GarpSettings,
  NotifyScripts,
  RouteEntry,
  RuleEntry,
  Tracked,
  VrrpInstance,
  VrrpSyncGroup,
} from "../model/index.js";

type Loose<T> = { -readonly [K in keyof T]?: T[K] | undefined };

export interface TrackingDraft {
  interfaces: Tracked[];
  scripts: Tracked[];
  files: Tracked[];
  processes: Tracked[];
  bfds: Tracked[];
}

export const noTracking = (): TrackingDraft => ({
  interfaces: [],
  scripts: [],
  files: [],
  processes: [],
  bfds: [],
});

/** Where an instance said something that a later check may speak of. */
export type SaidAt = Map<string, Word>;

/** A vrrp_instance while it is being read. */
export interface InstanceDraft
  extends Omit<
    Loose<VrrpInstance>,
    | "name"
    | "garp"
    | "tracking"
    | "notify"
    | "addresses"
    | "excludedAddresses"
    | "routes"
    | "rules"
    | "unicastPeers"
    | "vmac"
  > {
  readonly name: string;
  readonly word: Word;
  readonly said: SaidAt;
  garp: Loose<GarpSettings>;
  garpExtra?: { all: boolean; interval: number };
  tracking: TrackingDraft;
  notify: Loose<NotifyScripts>;
  addresses: AddressEntry[];
  excludedAddresses: AddressEntry[];
  routes: RouteEntry[];
  rules: RuleEntry[];
  unicastPeers: { address: IpAddress; minimumTtl?: number; maximumTtl?: number }[];
  vmac?: {
    name?: string;
    kind: "macvlan" | "ipvlan";
    address?: IpAddress;
    mac?: Uint8Array;
    macUsesId?: boolean;
  };
  authType?: "PASS" | "AH";
  password?: string;
  unicastConfigured: boolean;
  vmacForAddresses: boolean;
  minimumWanted?: boolean;
  wantedState?: "MASTER" | "BACKUP";
}

export interface SyncGroupDraft
  extends Omit<Loose<VrrpSyncGroup>, "name" | "members" | "tracking" | "notify"> {
  readonly name: string;
  readonly word: Word;
  members?: { name: string; word: Word }[];
  tracking: TrackingDraft;
  notify: Loose<NotifyScripts>;
}
