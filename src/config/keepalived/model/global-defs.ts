import type { IpAddress } from "../../../wire/address.js";
import type { Place } from "./place.js";
import type { NotifyFifo, ScriptCommand, ScriptUser } from "./script.js";

/** Scheduling of one of the processes. */
export interface ProcessSettings {
  readonly name?: string;
  /** Nice value, -20 … 19. */
  readonly priority?: number;
  /** SCHED_RR priority, 1 … 99. */
  readonly realtimePriority?: number;
  /** RLIMIT_RTTIME in microseconds. */
  readonly realtimeLimit?: number;
  readonly cpuAffinity: readonly number[];
  readonly noSwap: boolean;
}

/** How masters announce themselves; an instance's own values stand before the global ones. Times in milliseconds. */
export interface GarpSettings {
  /** Second round after becoming master; 0: none. Default 5000. */
  readonly masterDelay: number;
  /** Messages a round. Default 5. */
  readonly masterRepeat: number;
  /** Period of announcing again while master; 0: none. */
  readonly masterRefresh: number;
  readonly masterRefreshRepeat: number;
  /** Second round after a lower-priority advertisement was heard. Default: masterDelay. */
  readonly lowerPriorityDelay: number;
  /** Default: masterRepeat. */
  readonly lowerPriorityRepeat: number;
  /** Least time between gratuitous ARPs on an interface. */
  readonly interval: number;
  /** The same for unsolicited neighbour advertisements. */
  readonly naInterval: number;
}

export interface SmtpSettings {
  readonly to: readonly string[];
  /** Default "keepalived@HOSTNAME". */
  readonly from?: string;
  readonly server?: { readonly host: string; readonly port: number };
  readonly heloName?: string;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Defaults of `smtp_alert`, as far as they were said. */
  readonly alert?: boolean;
  readonly alertVrrp?: boolean;
  readonly alertChecker?: boolean;
  readonly noEmailFaults: boolean;
  readonly noCheckerEmails: boolean;
}

/** lvs_sync_daemon. */
export interface SyncDaemonSettings {
  readonly interface: string;
  /** The instance whose state it follows; undefined: both roles always. */
  readonly instance?: string;
  readonly syncId?: number;
  readonly maxLength?: number;
  readonly port?: number;
  readonly ttl?: number;
  readonly group?: IpAddress;
  readonly at: Place;
}

/** `global_defs`, with defaults filled in. Times in milliseconds. */
export interface GlobalDefs {
  /** Default: the host's name. */
  readonly routerId: string;
  readonly smtp: SmtpSettings;

  readonly vrrpVersion: 2 | 3;
  readonly vrrpStrict: boolean;
  readonly multicastGroup4: IpAddress;
  readonly multicastGroup6: IpAddress;
  readonly garp: GarpSettings;
  /** vrrp_garp_extra_if: announce VIPs of vmac instances on other interfaces as well, again every so often. */
  readonly garpExtraInterface?: { readonly all: boolean; readonly interval: number };
  readonly minGarp: boolean;
  readonly lowerPriorityNoAdvert: boolean;
  readonly higherPrioritySendAdvert: boolean;
  /** Advertisements that may be missed. Default 3. */
  readonly downTimerAdverts: number;
  readonly checkUnicastSource: boolean;
  readonly skipCheckAdvertAddresses: boolean;
  readonly notifyPriorityChanges: boolean;
  readonly startupDelay: number;
  readonly logUnknownVrids: boolean;
  readonly vmacPrefix: string;
  readonly vmacAddressPrefix: string;
  readonly defaultInterface: string;
  readonly dynamicInterfaces: "no" | "yes" | "allow_if_changes";
  readonly receiveBuffers?: { readonly policy: "MTU" | "ADVERT" | number; readonly multiplier: number };

  readonly scriptUser?: ScriptUser;
  readonly scriptSecurity: boolean;
  readonly notifyFifo?: NotifyFifo;
  readonly vrrpNotifyFifo?: NotifyFifo;
  readonly lvsNotifyFifo?: NotifyFifo;
  readonly writeVrrpStatesOnReload: boolean;
  readonly startupScript?: ScriptCommand & { readonly timeout: number };
  readonly shutdownScript?: ScriptCommand & { readonly timeout: number };

  readonly syncDaemon?: SyncDaemonSettings;
  /** Seconds, as ipvsadm --set takes them. */
  readonly lvsTimeouts?: { readonly tcp?: number; readonly tcpFin?: number; readonly udp?: number };
  readonly lvsFlush: boolean;
  /** lvs_flush_on_stop: "VS" only deletes our services at once instead of server by server. */
  readonly lvsFlushOnStop: "no" | "yes" | "VS";
  readonly checkerLogAllFailures: boolean;
  readonly realServerInitNotifies: boolean;

  readonly netNamespace?: string;
  readonly netNamespaceIpvs?: string;
  readonly instanceName?: string;
  readonly usePidDir: boolean;
  readonly childWaitTime: number;
  readonly reloadCheckConfig?: { readonly logFile?: string };
  readonly reloadTimeFile?: string;
  readonly reloadRepeat: boolean;
  readonly reloadFile?: string;
  readonly umask?: number;
  readonly dataUseInstance: boolean;
  readonly main: ProcessSettings;
  readonly vrrp: ProcessSettings;
  readonly checker: ProcessSettings;
  readonly bfd: ProcessSettings;
  readonly linkbeatInterfaces: readonly string[];
}
