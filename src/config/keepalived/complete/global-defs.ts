import type { GarpSettings, GlobalDefs, ProcessSettings } from "../model/index.js";
import { multicastGroup4, multicastGroup6 } from "../read/global-draft.js";
import { defined, type Reading } from "../read/reading.js";

const processDefaults = (
  draft: { [K in keyof ProcessSettings]?: ProcessSettings[K] | undefined },
): ProcessSettings =>
  defined({ ...draft, cpuAffinity: draft.cpuAffinity ?? [], noSwap: draft.noSwap ?? false });

/** The global pauses and repetitions with their defaults. */
function garpDefaults(reading: Reading): GarpSettings {
  const { garp } = reading.global;
  const masterDelay = garp.masterDelay ?? 5000;
  const masterRepeat = garp.masterRepeat ?? 5;
  return {
    masterDelay,
    masterRepeat,
    masterRefresh: garp.masterRefresh ?? 0,
    masterRefreshRepeat: garp.masterRefreshRepeat ?? 1,
    lowerPriorityDelay: garp.lowerPriorityDelay ?? masterDelay,
    lowerPriorityRepeat: garp.lowerPriorityRepeat ?? masterRepeat,
    interval: garp.interval ?? 0,
    naInterval: garp.naInterval ?? 0,
  };
}

/** global_defs with all defaults. */
export function completeGlobal(reading: Reading): GlobalDefs {
  const { global: draft, world, findings } = reading;
  const hostName = world.hostName();
  const {
    smtp,
    syncDaemon,
    startupScript,
    shutdownScript,
    startupTimeout,
    shutdownTimeout,
    garpExtra,
    rxPolicy,
    rxMultiplier,
    linkbeat,
    ...rest
  } = draft;
  const daemon = syncDaemon && { ...syncDaemon };
  if (daemon?.instance !== undefined) {
    const instance = reading.instances.find((one) => one.name === daemon.instance);
    if (!instance)
      findings.warn(
        at(reading, "lvs_sync_daemon"),
        "unknown-name",
        `Unable to find vrrp instance ${daemon.instance} for lvs_syncd - clearing lvs_syncd config`,
      );
    else daemon.syncId ??= instance.virtualRouterId;
  }
  return defined({
    ...rest,
    routerId: draft.routerId ?? hostName,
    smtp: defined({
      ...smtp,
      from: smtp.from ?? (smtp.server ? `${world.ownUser().name}@${hostName}` : undefined),
      heloName: smtp.heloName ?? (smtp.server ? hostName : undefined),
      connectTimeout: smtp.connectTimeout ?? 30_000,
      noEmailFaults: smtp.noEmailFaults ?? false,
      noCheckerEmails: smtp.noCheckerEmails ?? false,
    }),
    vrrpVersion: draft.vrrpVersion ?? 2,
    vrrpStrict: draft.vrrpStrict ?? false,
    multicastGroup4: draft.multicastGroup4 ?? multicastGroup4,
    multicastGroup6: draft.multicastGroup6 ?? multicastGroup6,
    garp: garpDefaults(reading),
    garpExtraInterface: garpExtra,
    minGarp: draft.minGarp ?? false,
    lowerPriorityNoAdvert: draft.lowerPriorityNoAdvert ?? false,
    higherPrioritySendAdvert: draft.higherPrioritySendAdvert ?? false,
    downTimerAdverts: draft.downTimerAdverts ?? 3,
    checkUnicastSource: draft.checkUnicastSource ?? false,
    skipCheckAdvertAddresses: draft.skipCheckAdvertAddresses ?? false,
    notifyPriorityChanges: draft.notifyPriorityChanges ?? false,
    startupDelay: draft.startupDelay ?? 0,
    logUnknownVrids: draft.logUnknownVrids ?? false,
    vmacPrefix: draft.vmacPrefix ?? "vrrp",
    vmacAddressPrefix: draft.vmacAddressPrefix ?? draft.vmacPrefix ?? "vrrp",
    defaultInterface: draft.defaultInterface ?? "eth0",
    receiveBuffers:
      rxPolicy === undefined && rxMultiplier === undefined
        ? undefined
        : { policy: rxPolicy ?? ("MTU" as const), multiplier: rxMultiplier ?? 3 },
    notifyFifo: fifo(draft.notifyFifo),
    vrrpNotifyFifo: fifo(draft.vrrpNotifyFifo),
    lvsNotifyFifo: fifo(draft.lvsNotifyFifo),
    writeVrrpStatesOnReload: draft.writeVrrpStatesOnReload ?? false,
    startupScript: startupScript && { ...startupScript, timeout: startupTimeout ?? 10_000 },
    shutdownScript: shutdownScript && { ...shutdownScript, timeout: shutdownTimeout ?? 10_000 },
    syncDaemon:
      daemon?.instance !== undefined && daemon.syncId === undefined ? undefined : daemon && defined(daemon),
    lvsFlush: draft.lvsFlush ?? false,
    lvsFlushOnStop: draft.lvsFlushOnStop ?? "no",
    checkerLogAllFailures: draft.checkerLogAllFailures ?? false,
    realServerInitNotifies: draft.realServerInitNotifies ?? false,
    usePidDir: draft.usePidDir ?? (draft.netNamespace !== undefined || draft.instanceName !== undefined),
    childWaitTime: draft.childWaitTime ?? 5000,
    reloadRepeat: draft.reloadRepeat ?? false,
    dataUseInstance: draft.dataUseInstance ?? false,
    main: processDefaults(draft.main),
    vrrp: processDefaults(draft.vrrp),
    checker: processDefaults(draft.checker),
    bfd: processDefaults(draft.bfd),
    linkbeatInterfaces: linkbeat,
  }) as GlobalDefs;
}

/** A FIFO without a path is none, whatever script was named for it. */
const fifo = (value: GlobalDefs["notifyFifo"]) => (value && value.path !== "" ? value : undefined);

/** The place of a keyword of global_defs; the file's begin if it can't be found. */
function at(reading: Reading, keyword: string): number {
  const place = keyword === "lvs_sync_daemon" ? reading.global.syncDaemon?.at : undefined;
  const file = reading.findings.files.files.find((one) => one.path === place?.file);
  return file && place ? file.base + (file.lines[place.line - 1] ?? 0) + place.column - 1 : 0;
}
