import type {
  GarpSettings,
  GlobalDefs,
  Tracking,
  VrrpInstance,
  VrrpSyncGroup,
} from "../../src/config/keepalived/model/index.js";
import type { VrrpConfig } from "../../src/vrrp/index.js";
import { IpAddress } from "../../src/wire/index.js";

/** Settings as keepalived's defaults make them, for tests that don't read a file. */
const at = { file: "test", line: 1, column: 1 };

export const noTracking: Tracking = { interfaces: [], scripts: [], files: [], processes: [], bfds: [] };

export const garp: GarpSettings = {
  masterDelay: 5000,
  masterRepeat: 5,
  masterRefresh: 0,
  masterRefreshRepeat: 1,
  lowerPriorityDelay: 5000,
  lowerPriorityRepeat: 5,
  interval: 0,
  naInterval: 0,
};

export const vip = (text: string, device?: string): VrrpInstance["addresses"][number] => ({
  address: IpAddress.of(text),
  prefixLength: text.includes(":") ? 128 : 32,
  ...(device !== undefined && { device }),
  home: false,
  noDad: false,
  manageTempAddress: false,
  noPrefixRoute: false,
  autoJoin: false,
  noTrack: false,
  at,
});

export const tracked = (name: string, weight?: number, reverse = false): Tracking["scripts"][number] => ({
  name,
  ...(weight !== undefined && { weight }),
  reverse,
  at,
});

export function instance(some: Partial<VrrpInstance> = {}): VrrpInstance {
  return {
    name: "VI_1",
    family: 4,
    version: 2,
    state: "BACKUP",
    interface: "eth0",
    virtualRouterId: 51,
    priority: 100,
    advertInterval: 1000,
    addresses: [vip("192.168.4.80")],
    excludedAddresses: [],
    promoteSecondaries: false,
    routes: [],
    rules: [],
    preempt: true,
    preemptDelay: 0,
    strict: false,
    accept: true,
    vmacForAddresses: false,
    notifyDeleted: false,
    dontTrackPrimary: false,
    trackSourceAddress: false,
    nativeIpv6: false,
    skipCheckAdvertAddresses: false,
    lowerPriorityNoAdvert: false,
    higherPrioritySendAdvert: false,
    downTimerAdverts: 3,
    garp,
    unicastPeers: [],
    unicast: false,
    unicastFaultNoPeer: false,
    checkUnicastSource: false,
    oldUnicastChecksum: false,
    vmacXmitBase: false,
    tracking: noTracking,
    notify: {},
    notifyPriorityChanges: false,
    debug: 0,
    at,
    ...some,
  };
}

export const syncGroup = (
  name: string,
  members: readonly string[],
  some: Partial<VrrpSyncGroup> = {},
): VrrpSyncGroup => ({
  name,
  members: members.map((member) => ({ name: member, at })),
  globalTracking: false,
  trackingWeight: false,
  tracking: noTracking,
  notify: {},
  notifyPriorityChanges: false,
  at,
  ...some,
});

const global = {
  multicastGroup4: IpAddress.of("224.0.0.18"),
  multicastGroup6: IpAddress.of("ff02::12"),
  startupDelay: 0,
  logUnknownVrids: true,
} as GlobalDefs;

export function config(
  instances: readonly VrrpInstance[],
  some: Omit<Partial<VrrpConfig>, "global"> & { global?: Partial<GlobalDefs> } = {},
): VrrpConfig {
  return {
    instances,
    syncGroups: [],
    scripts: [],
    trackFiles: [],
    trackProcesses: [],
    bfdInstances: [],
    ...some,
    global: { ...global, ...some.global },
  };
}
