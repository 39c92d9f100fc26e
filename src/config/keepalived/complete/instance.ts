import type { GlobalDefs, VrrpInstance } from "../model/index.js";
import type { InstanceDraft } from "../read/instance-draft.js";
import { defined, type Reading } from "../read/reading.js";
import { isLinkLocal } from "../values/addresses.js";
import { advertInterval } from "./advert-interval.js";

/** Notes something of an instance, at the keyword that it is about. */
export type Say = (keyword: string, code: string, message: string, remedy?: string) => void;

export const sayOf =
  (draft: InstanceDraft, reading: Reading): Say =>
  (keyword, code, message, remedy) =>
    reading.findings.add(draft.said.get(keyword)?.at ?? draft.word.at, code, `(${draft.name}) ${message}`, {
      remedy,
    });

/** A vrrp_instance with its defaults, corrected as keepalived does it; undefined: keepalived would not start with it. */
export function completeInstance(
  draft: InstanceDraft,
  reading: Reading,
  global: GlobalDefs,
): VrrpInstance | undefined {
  const say = sayOf(draft, reading);
  const strict = draft.strict ?? global.vrrpStrict;
  const family = draft.family ?? 4;
  const unicast = draft.unicastConfigured && draft.unicastPeers.length > 0;
  if (draft.virtualRouterId === undefined) {
    say(
      "virtual_router_id",
      "no-router-id",
      "the virtual router id must be set",
      "Add virtual_router_id NUMBER, from 1 to 255, the same on all routers of the group.",
    );
    return undefined;
  }
  if (draft.interface === undefined) {
    say("interface", "no-interface", "Unknown interface!", "Add interface NAME.");
    return undefined;
  }
  let version = draft.version;
  if (family === 6 && version === 2 && strict) {
    say("version", "conflict", "cannot use IPv6 with VRRP version 2; setting version 3");
    version = 3;
  }
  version ??= family === 6 ? 3 : global.vrrpVersion;
  if (draft.addresses.length === 0) {
    const needed = version === 3 || strict;
    say(
      "virtual_ipaddress",
      "no-vip",
      `No VIP specified; at least one is ${needed ? "required" : "sensible"}`,
      "Add virtual_ipaddress { ADDRESS }.",
    );
    if (needed) return undefined;
  }
  const priority = draft.priority ?? (draft.wantedState === "MASTER" ? 255 : 100);
  let state = draft.wantedState ?? (priority === 255 ? "MASTER" : "BACKUP");
  if (draft.wantedState && strict && (state === "MASTER") !== (priority === 255)) {
    say(
      "state",
      "strict",
      "State MASTER must match being address owner",
      "In strict mode the state follows from the priority: take state away.",
    );
    state = priority === 255 ? "MASTER" : "BACKUP";
  }
  const authentication = authenticationOf(draft, say, { strict, version, family, state, priority });
  if (authentication?.type === "AH" && state === "MASTER" && priority !== 255) state = "BACKUP";
  if (draft.unicastConfigured && !unicast && !draft.unicastFaultNoPeer)
    reading.findings.warn(
      (
        draft.said.get("unicast_src_ip") ??
        draft.said.get("unicast_peer") ??
        draft.said.get("check_unicast_src") ??
        draft.word
      ).at,
      "unicast-without-peers",
      `(${draft.name}) A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This usage is deprecated - please update your configuration.`,
      { refused: "error", remedy: "Add unicast_peer { ADDRESS } or take the unicast keywords away." },
    );
  let unicastTtl = draft.unicastTtl;
  if (unicastTtl !== undefined && draft.unicastPeers.length === 0) {
    say(
      "unicast_ttl",
      "unicast-without-peers",
      "Cannot use unicast_ttl without unicast peers - resetting",
      "Add unicast_peer { ADDRESS }.",
    );
    unicastTtl = undefined;
  }
  if (family === 6 && !unicast && draft.addresses[0] && !isLinkLocal(draft.addresses[0].address)) {
    const message = `(${draft.name}) the first IPv6 VIP address ${strict ? "must" : "should"} be link local`;
    reading.findings.add(
      (draft.said.get("virtual_ipaddress") ?? draft.word).at,
      "link-local-first",
      message,
      strict ? {} : { severity: "note" },
    );
  }
  const preemption = preemptionOf(draft, say, { strict, state, priority });
  let downTimerAdverts = draft.downTimerAdverts ?? global.downTimerAdverts;
  if (downTimerAdverts !== 3 && strict) {
    say("down_timer_adverts", "strict", "down_timer_adverts is incompatible with strict mode - resetting");
    downTimerAdverts = 3;
  }
  let accept = draft.accept ?? (priority === 255 || !strict);
  if (accept && priority !== 255 && strict && version === 2) {
    say(
      "accept",
      "strict",
      "warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting",
    );
    accept = false;
  }
  if (unicast && draft.multicastDestination)
    say("mcast_dst_ip", "conflict", "multicast destination specified with unicast - ignoring");
  const vmac = vmacOf(draft, say, { strict, unicast, family });
  return defined({
    name: draft.name,
    family,
    version,
    state,
    interface: draft.interface ?? "",
    virtualRouterId: draft.virtualRouterId,
    priority,
    advertInterval: advertInterval(draft.advertInterval ?? 1000, version, say),
    authentication,
    addresses: draft.addresses.slice(0, 255),
    excludedAddresses: [...draft.excludedAddresses, ...draft.addresses.slice(255)],
    promoteSecondaries: (draft.promoteSecondaries ?? false) && !vmac,
    routes: draft.routes,
    rules: draft.rules,
    ...preemption,
    strict,
    accept,
    dontTrackPrimary: draft.dontTrackPrimary ?? false,
    trackSourceAddress: (draft.trackSourceAddress ?? false) && draft.sourceAddress !== undefined,
    nativeIpv6: draft.nativeIpv6 ?? false,
    skipCheckAdvertAddresses: draft.skipCheckAdvertAddresses ?? global.skipCheckAdvertAddresses,
    ...advertsOf(draft, say, strict, global),
    downTimerAdverts,
    garp: garpOf(draft, say, strict, global, reading),
    garpExtraInterface: draft.garpExtra ?? global.garpExtraInterface,
    receiveBuffer: draft.receiveBuffer,
    sourceAddress: draft.sourceAddress,
    multicastDestination: unicast ? undefined : draft.multicastDestination,
    unicastPeers: draft.unicastPeers,
    unicast,
    unicastTtl,
    unicastFaultNoPeer: draft.unicastFaultNoPeer ?? false,
    checkUnicastSource: draft.checkUnicastSource ?? global.checkUnicastSource,
    oldUnicastChecksum: draft.oldUnicastChecksum ?? false,
    vmac,
    vmacForAddresses: draft.vmacForAddresses,
    vmacXmitBase: vmac?.kind === "macvlan" && ((draft.vmacXmitBase ?? false) || unicast) && !strict,
    tracking: draft.tracking,
    notify: defined(draft.notify),
    notifyDeleted: draft.said.has("notify_deleted"),
    notifyPriorityChanges:
      draft.notifyPriorityChanges ??
      syncGroupOf(draft, reading)?.notifyPriorityChanges ??
      global.notifyPriorityChanges,
    smtpAlert: draft.smtpAlert ?? global.smtp.alertVrrp ?? global.smtp.alert ?? false,
    syncGroup: syncGroupOf(draft, reading)?.name,
    debug: draft.debug ?? 0,
    at: reading.findings.files.place(draft.word.at.position()),
  }) as VrrpInstance;
}

const syncGroupOf = (draft: InstanceDraft, reading: Reading) =>
  reading.syncGroups.find((group) => group.members?.some((member) => member.name === draft.name));

interface Known {
  readonly strict: boolean;
  readonly state: "MASTER" | "BACKUP";
  readonly priority: number;
}

function authenticationOf(
  draft: InstanceDraft,
  say: Say,
  known: Known & { version: 2 | 3; family: 4 | 6 },
): VrrpInstance["authentication"] {
  const { authType: type, password } = draft;
  if (!type) return undefined;
  const drop = (code: string, message: string, remedy?: string) =>
    void say("authentication", code, message, remedy);
  if (known.strict)
    return drop(
      "strict",
      "Strict mode does not support authentication. Ignoring.",
      "Take authentication away, or vrrp_strict.",
    );
  if (known.version === 3)
    return drop(
      "conflict",
      "VRRP version 3 does not support authentication. Ignoring.",
      "Take authentication away, or use version 2.",
    );
  if (!password)
    return drop(
      "no-password",
      "Authentication specified but no password given. Ignoring",
      "Add auth_pass PASSWORD.",
    );
  if (type === "AH" && known.family === 6)
    return drop("conflict", "Cannot use AH authentication with IPv6. ignoring");
  if (type === "AH" && known.state === "MASTER" && known.priority !== 255)
    say(
      "state",
      "conflict",
      "Initial state master is incompatible with AH authentication - clearing",
      "Write state BACKUP.",
    );
  return { type, password };
}

/** nopreempt and preempt_delay, as far as they go with the state. */
function preemptionOf(
  draft: InstanceDraft,
  say: Say,
  { strict, state, priority }: Known,
): Pick<VrrpInstance, "preempt" | "preemptDelay"> {
  let preempt = draft.preempt ?? true;
  let preemptDelay = draft.preemptDelay ?? 0;
  if (priority === 255 && !preempt) {
    say(
      "nopreempt",
      "conflict",
      "nopreempt is incompatible with priority 255. resetting nopreempt",
      "The owner of the addresses always takes them: give it a lower priority.",
    );
    preempt = true;
  }
  if (state === "MASTER" && !preempt) {
    say(
      "nopreempt",
      "nopreempt-master",
      "Warning - nopreempt will not work with initial state MASTER - clearing",
      "Write state BACKUP on all routers: the priority says who becomes master first.",
    );
    preempt = true;
  }
  if (state === "MASTER" && preemptDelay > 0) {
    say(
      "preempt_delay",
      "preempt-delay-master",
      "Warning - preempt delay will not work with initial state MASTER - clearing",
      "Write state BACKUP: the priority says who becomes master.",
    );
    preemptDelay = 0;
  }
  if (preemptDelay > 0 && (strict || !preempt)) {
    say(
      "preempt_delay",
      "conflict",
      `preempt_delay is incompatible with ${strict ? "strict" : "nopreempt"} mode - resetting`,
    );
    preemptDelay = 0;
  }
  return { preempt, preemptDelay };
}

function advertsOf(
  draft: InstanceDraft,
  say: Say,
  strict: boolean,
  global: GlobalDefs,
): Pick<VrrpInstance, "lowerPriorityNoAdvert" | "higherPrioritySendAdvert"> {
  if (!strict)
    return {
      lowerPriorityNoAdvert: draft.lowerPriorityNoAdvert ?? global.lowerPriorityNoAdvert,
      higherPrioritySendAdvert: draft.higherPrioritySendAdvert ?? global.higherPrioritySendAdvert,
    };
  if (draft.lowerPriorityNoAdvert === false)
    say("lower_prio_no_advert", "strict", "Strict mode requires no lower priority advert. resetting");
  if (draft.higherPrioritySendAdvert)
    say(
      "higher_prio_send_advert",
      "strict",
      "strict mode requires higher_prio_send_advert to be clear. resetting",
    );
  return { lowerPriorityNoAdvert: true, higherPrioritySendAdvert: false };
}

function garpOf(
  draft: InstanceDraft,
  say: Say,
  strict: boolean,
  global: GlobalDefs,
  reading: Reading,
): VrrpInstance["garp"] {
  const { garp } = draft;
  if (strict && garp.lowerPriorityRepeat)
    say("garp_lower_prio_repeat", "strict", "Strict mode requires no repeat garps. resetting");
  if (strict && garp.lowerPriorityDelay)
    say("garp_lower_prio_delay", "strict", "Strict mode requires no repeat garp delay. resetting");
  const group = reading.garpGroups.find(
    (one) => draft.interface !== undefined && one.interfaces.includes(draft.interface),
  );
  return {
    masterDelay: garp.masterDelay ?? global.garp.masterDelay,
    masterRepeat: garp.masterRepeat ?? global.garp.masterRepeat,
    masterRefresh: garp.masterRefresh ?? global.garp.masterRefresh,
    masterRefreshRepeat: garp.masterRefreshRepeat ?? global.garp.masterRefreshRepeat,
    lowerPriorityDelay: strict ? 0 : (garp.lowerPriorityDelay ?? global.garp.lowerPriorityDelay),
    lowerPriorityRepeat: strict ? 0 : (garp.lowerPriorityRepeat ?? global.garp.lowerPriorityRepeat),
    interval: group ? (group.interval ?? 0) : global.garp.interval,
    naInterval: group ? (group.naInterval ?? 0) : global.garp.naInterval,
  };
}

function vmacOf(
  draft: InstanceDraft,
  say: Say,
  known: { strict: boolean; unicast: boolean; family: 4 | 6 },
): VrrpInstance["vmac"] {
  const { vmac } = draft;
  if (!vmac) {
    if (draft.vmacXmitBase)
      say("vmac_xmit_base", "conflict", "vmac_xmit_base is only valid with a vmac", "Add use_vmac.");
    return undefined;
  }
  if (draft.unicastConfigured && draft.interface === undefined) {
    say("use_vmac", "conflict", "Cannot use VMAC/ipvlan with unicast and no interface - clearing use_vmac");
    return undefined;
  }
  if (draft.unicastConfigured && !draft.vmacXmitBase)
    say(
      "use_vmac",
      "conflict",
      "unicast with use_vmac requires vmac_xmit_base - setting",
      "Add vmac_xmit_base.",
    );
  if (known.strict && vmac.mac)
    say("use_vmac", "strict", "cannot specify MAC address with strict mode - clearing");
  if (known.strict && vmac.kind === "macvlan" && draft.vmacXmitBase)
    say("vmac_xmit_base", "strict", "xmit_base is incompatible with strict mode - resetting");
  if (draft.promoteSecondaries)
    say("promote_secondaries", "conflict", "promote_secondaries is automatically set for vmacs - ignoring");
  if (vmac.kind === "ipvlan" && known.family === 4 && !vmac.address)
    say(
      "use_ipvlan",
      "conflict",
      "IPv4 ipvlan requires a source ip address to be configured. setting instance to fault state",
      "Add its address: use_ipvlan NAME ADDRESS.",
    );
  const mac = known.strict ? undefined : vmac.mac && Uint8Array.from(vmac.mac);
  if (mac && vmac.macUsesId) mac[5] = draft.virtualRouterId!;
  return defined({ name: vmac.name, kind: vmac.kind, address: vmac.address, mac }) as NonNullable<
    VrrpInstance["vmac"]
  >;
}
