import type { BfdInstance } from "./bfd-instance.js";
import type { GlobalDefs } from "./global-defs.js";
import type { SslSettings, VirtualServer, VirtualServerGroup } from "./virtual-server.js";
import type {
  AddressEntry,
  InterfaceDelays,
  RouteEntry,
  RuleEntry,
  TrackFile,
  TrackGroup,
  TrackProcess,
  VrrpInstance,
  VrrpScript,
  VrrpSyncGroup,
} from "./vrrp-instance.js";

export * from "./bfd-instance.js";
export * from "./global-defs.js";
export * from "./place.js";
export * from "./script.js";
export * from "./virtual-server.js";
export * from "./vrrp-instance.js";

/** What a keepalived.conf means: plain values that a process can send to another one (`structuredClone`, but for {@link IpAddress}). */
export interface KeepalivedConfig {
  readonly global: GlobalDefs;
  readonly staticAddresses: readonly AddressEntry[];
  readonly staticRoutes: readonly RouteEntry[];
  readonly staticRules: readonly RuleEntry[];
  readonly trackGroups: readonly TrackGroup[];
  readonly interfaceDelays: readonly InterfaceDelays[];
  readonly instances: readonly VrrpInstance[];
  readonly syncGroups: readonly VrrpSyncGroup[];
  readonly scripts: readonly VrrpScript[];
  readonly trackFiles: readonly TrackFile[];
  readonly trackProcesses: readonly TrackProcess[];
  readonly bfdInstances: readonly BfdInstance[];
  readonly virtualServers: readonly VirtualServer[];
  readonly virtualServerGroups: readonly VirtualServerGroup[];
  readonly ssl?: SslSettings;
}
