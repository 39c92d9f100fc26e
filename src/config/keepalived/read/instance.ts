import type { Statement } from "../grammar/statement.js";
import { readAddressEntry } from "../values/address-entry.js";
import { isMulticast, plainAddress } from "../values/addresses.js";
import { readRoute } from "../values/route.js";
import { readRule } from "../values/rule.js";
import { seconds, wholeNumber } from "../values/word-values.js";
import { garpExtraReader } from "./garp-extra.js";
import { type InstanceDraft, noTracking } from "./instance-draft.js";
import { notifyReaders } from "./notify.js";
import { atLeastOne, flag, meantOf, onOff, whole } from "./readers.js";
import { type Reader, type Readers, type Reading, readAll } from "./reading.js";
import { trackingReaders } from "./tracking.js";
import { readUnicastPeers } from "./unicast-peers.js";
import { readIpvlan, readVmac } from "./vmac.js";

const unsigned = 0xffffffff;
const mostSeconds = 4294;

const state: Reader<InstanceDraft> = (draft, statement, { findings }) => {
  const [word] = statement.arguments;
  if (!word) return;
  if (word.text === "MASTER") draft.wantedState = "MASTER";
  else if (word.text === "BACKUP") {
    if (draft.wantedState === "MASTER")
      findings.add(word.at, "duplicate", `(${draft.name}) state previously set as MASTER - ignoring BACKUP`);
    else draft.wantedState = "BACKUP";
  } else {
    const meant = meantOf(word.text, ["MASTER", "BACKUP"]);
    findings.add(
      word.at,
      "invalid-value",
      `(${draft.name}) unknown state '${word.text}', defaulting to BACKUP`,
      {
        meant,
        instead: meant,
        remedy: `Write ${meant ?? "MASTER or BACKUP"}.`,
      },
    );
    draft.wantedState = "BACKUP";
  }
};

const interfaceName: Reader<InstanceDraft> = (draft, statement, reading) => {
  const [word] = statement.arguments;
  if (!word) return;
  const { findings } = reading;
  if (word.text.length > 15) {
    findings.add(word.at, "long-name", `Interface name '${word.text}' too long - ignoring`);
    return;
  }
  if (!reading.interfaceExists(word.text))
    findings.add(
      word.at,
      "no-interface",
      `WARNING - interface ${word.text} for vrrp_instance ${draft.name} doesn't exist`,
      {
        remedy: `There is no interface ${word.text} on this host; with dynamic_interfaces it may come later.`,
      },
    );
  else if (reading.world.interface(word.text)?.loopback) {
    findings.add(
      word.at,
      "no-interface",
      `(${draft.name}) cannot use a loopback interface (${word.text}) for vrrp - ignoring`,
    );
    return;
  }
  draft.interface = word.text;
};

const source =
  (unicast: boolean): Reader<InstanceDraft> =>
  (draft, statement, { findings }) => {
    const [word] = statement.arguments;
    if (!word) return;
    if (unicast) draft.unicastConfigured = true;
    const value = plainAddress(word.text);
    if (!value)
      findings.add(
        word.at,
        "invalid-address",
        `Configuration error: VRRP instance[${draft.name}] malformed src address[${word.text}]. Skipping...`,
      );
    else if ((draft.family ??= value.family) !== value.family)
      findings.add(
        word.at,
        "invalid-address",
        `Configuration error: VRRP instance[${draft.name}] and src address[${word.text}] MUST be of the same family !!! Skipping...`,
      );
    else draft.sourceAddress = value;
  };

const multicastDestination: Reader<InstanceDraft> = (draft, statement, { findings }) => {
  const [word] = statement.arguments;
  if (!word) return;
  const value = plainAddress(word.text);
  if (!value)
    findings.add(
      word.at,
      "invalid-address",
      `(${draft.name}) malformed mcast dest address ${word.text}. Skipping...`,
    );
  else if ((draft.family ??= value.family) !== value.family)
    findings.add(
      word.at,
      "invalid-address",
      `(${draft.name}) mcast dest address ${word.text} MUST match VRRP instance family. Skipping...`,
    );
  else if (!isMulticast(value) || (value.family === 6 && (value.byte(1) & 15) !== 2))
    findings.add(
      word.at,
      "invalid-address",
      `(${draft.name}) mcast_dst_ip ${word.text} not${value.family === 6 ? " link-local" : ""} multicast. Skipping...`,
    );
  else draft.multicastDestination = value;
};

const priority: Reader<InstanceDraft> = (draft, statement, { findings }) => {
  const [word] = statement.arguments;
  const value = word && wholeNumber(findings, word, 1, 255);
  draft.priority = value ?? 100;
};

const garpExtra = garpExtraReader<InstanceDraft>(0, ({ name }) => `(${name}): `);

const version: Reader<InstanceDraft> = (draft, statement, { findings }) => {
  const [word] = statement.arguments;
  const value = word && wholeNumber(findings, word, 2, 3);
  if (value === undefined) return;
  if ((draft.version !== undefined && draft.version !== value) || (value === 2 && draft.family === 6))
    findings.add(
      word!.at,
      "conflict",
      `(${draft.name}) vrrp_version ${value} conflicts with configured or deduced version ${draft.version ?? 3}; ignoring.`,
      {
        remedy: draft.family === 6 ? "IPv6 needs version 3." : "Take one of them away.",
      },
    );
  else draft.version = value as 2 | 3;
};

const addresses =
  (excluded: boolean): Reader<InstanceDraft> =>
  (draft, statement, reading) => {
    for (const row of statement.rows ?? []) {
      const entry = readAddressEntry(row, reading, false);
      if (!entry) continue;
      if (excluded) draft.excludedAddresses.push(entry);
      else if ((draft.family ??= entry.address.family) !== entry.address.family)
        reading.findings.add(
          row.words[0].at,
          "invalid-address",
          `(${draft.name}): address family must match VRRP instance [${row.words[0].text}] - ignoring`,
          {
            remedy:
              "Addresses of the other family belong into virtual_ipaddress_excluded, or an instance of their own.",
          },
        );
      else draft.addresses.push(entry);
    }
  };

const authentication: Readers<InstanceDraft> = {
  auth_type: (draft, statement, { findings }) => {
    const [word] = statement.arguments;
    if (!word) return;
    if (word.text === "PASS" || word.text === "AH") {
      draft.authType = word.text;
      return;
    }
    const meant = meantOf(word.text, ["PASS", "AH"]);
    findings.add(word.at, "invalid-value", `(${draft.name}) unknown authentication type '${word.text}'`, {
      meant,
      instead: meant,
      remedy: `Write ${meant ?? "PASS or AH"}.`,
    });
  },
  auth_pass: (draft, statement, { findings }) => {
    const [word] = statement.arguments;
    if (!word) return;
    const bytes = Buffer.from(word.text, "utf8");
    if (bytes.length > 8)
      findings.warn(word.at, "long-password", "Truncating auth_pass to 8 characters", {
        refused: "error",
        remedy: "Only its first 8 characters count: shorten it on all routers.",
        ...(/^[\x21-\x7e]+$/.test(word.text) && !word.quoted ? { instead: word.text.slice(0, 8) } : {}),
      });
    draft.password = bytes.subarray(0, 8).toString("utf8");
  },
};

/** What each keyword of vrrp_instance does. */
export const instanceReaders: Readers<InstanceDraft> = {
  ...notifyReaders,
  ...trackingReaders,
  state,
  interface: interfaceName,
  virtual_router_id: (draft, statement, { findings }) => {
    const [word] = statement.arguments;
    const value = word && wholeNumber(findings, word, 1, 255);
    if (value !== undefined) draft.virtualRouterId = value;
  },
  priority,
  advert_int: (draft, statement, { findings }) => {
    const [word] = statement.arguments;
    const value = word && seconds(findings, word, 0.01, 255);
    if (value !== undefined) draft.advertInterval = value;
  },
  version,
  authentication: (draft, statement, reading) =>
    readAll(authentication, draft, statement.block?.statements ?? [], reading),
  virtual_ipaddress: addresses(false),
  virtual_ipaddress_excluded: addresses(true),
  virtual_routes: (d, statement, reading) => {
    for (const row of statement.rows ?? []) {
      const route = readRoute(row, reading, false);
      if (route) d.routes.push(route);
    }
  },
  virtual_rules: (d, statement, reading) => {
    for (const row of statement.rows ?? []) {
      const rule = readRule(row, reading, false);
      if (rule) d.rules.push(rule);
    }
  },
  promote_secondaries: flag((d) => void (d.promoteSecondaries = true)),
  nopreempt: flag((d) => void (d.preempt = false)),
  preempt: flag((d) => void (d.preempt = true)),
  preempt_delay: (d, statement, { findings }) => {
    const [word] = statement.arguments;
    d.preemptDelay = (word && seconds(findings, word, 0, 1000)) ?? 0;
  },
  strict_mode: onOff((d, v) => void (d.strict = v)),
  accept: flag((d) => void (d.accept = true)),
  no_accept: flag((d) => void (d.accept = false)),
  native_ipv6: (draft, statement, { findings }) => {
    if (draft.family === 4)
      findings.add(
        statement.word.at,
        "conflict",
        `(${draft.name}) Cannot specify native_ipv6 with IPv4 addresses`,
      );
    else {
      draft.family = 6;
      draft.version = 3;
      draft.nativeIpv6 = true;
    }
  },
  dont_track_primary: flag((d) => void (d.dontTrackPrimary = true)),
  track_src_ip: flag((d) => void (d.trackSourceAddress = true)),
  mcast_src_ip: source(false),
  unicast_src_ip: source(true),
  mcast_dst_ip: multicastDestination,
  unicast_peer: readUnicastPeers,
  unicast_ttl: whole(0, 255, (d, v) => void (d.unicastTtl = v)),
  unicast_fault_no_peer: flag((d) => {
    d.unicastConfigured = true;
    d.unicastFaultNoPeer = true;
  }),
  check_unicast_src: flag((d) => {
    d.unicastConfigured = true;
    d.checkUnicastSource = true;
  }),
  old_unicast_checksum: (d, statement, { findings }) => {
    const [word] = statement.arguments;
    d.unicastConfigured = true;
    if (word && word.text !== "never")
      findings.add(
        word.at,
        "invalid-value",
        `(${d.name}) Unknown old_unicast_chksum mode ${word.text} - ignoring`,
      );
    else d.oldUnicastChecksum = !word;
  },
  use_vmac: readVmac,
  use_vmac_addr: flag((d) => void (d.vmacForAddresses = true)),
  vmac_xmit_base: flag((d) => void (d.vmacXmitBase = true)),
  use_ipvlan: readIpvlan,
  skip_check_adv_addr: onOff((d) => void (d.skipCheckAdvertAddresses = true)),
  garp_master_delay: whole(0, mostSeconds, (d, v) => void (d.garp.masterDelay = v * 1000)),
  garp_master_repeat: atLeastOne(unsigned, (d, v) => void (d.garp.masterRepeat = v)),
  garp_master_refresh: whole(0, unsigned, (d, v) => void (d.garp.masterRefresh = v * 1000)),
  garp_master_refresh_repeat: atLeastOne(unsigned, (d, v) => void (d.garp.masterRefreshRepeat = v)),
  garp_lower_prio_delay: whole(0, mostSeconds, (d, v) => void (d.garp.lowerPriorityDelay = v * 1000)),
  garp_lower_prio_repeat: whole(0, 0x7fffffff, (d, v) => void (d.garp.lowerPriorityRepeat = v)),
  down_timer_adverts: whole(1, 100, (d, v) => void (d.downTimerAdverts = v)),
  garp_extra_if: garpExtra,
  vmac_garp_intvl: garpExtra,
  lower_prio_no_advert: onOff((d, v) => void (d.lowerPriorityNoAdvert = v)),
  higher_prio_send_advert: onOff((d, v) => void (d.higherPrioritySendAdvert = v)),
  kernel_rx_buf_size: whole(0, unsigned, (d, v) => void (d.receiveBuffer = v)),
  notify_priority_changes: onOff((d, v) => void (d.notifyPriorityChanges = v)),
  smtp_alert: onOff((d, v) => void (d.smtpAlert = v)),
  debug: whole(0, 4, (d, v) => void (d.debug = v)),
  lvs_sync_daemon_interface: (d, statement, reading) => {
    const [word] = statement.arguments;
    if (!word || reading.global.syncDaemon) return;
    reading.global.syncDaemon = {
      interface: word.text,
      instance: d.name,
      at: reading.findings.files.place(statement.word.at.position()),
    };
  },
};

/** Reads a vrrp_instance; a second one of the same name is left out. */
export function readInstance(statement: Statement, reading: Reading): void {
  const [name, extra] = statement.arguments;
  const { findings } = reading;
  if (!name) return;
  if (extra) {
    findings.add(statement.word.at, "invalid-value", "vrrp_instance must have a name", {
      remedy: "A name is one word.",
    });
    return;
  }
  if (reading.instances.some((other) => other.name === name.text)) {
    findings.add(name.at, "duplicate", `vrrp instance ${name.text} already defined`, {
      remedy: "Give it another name.",
    });
    return;
  }
  const draft: InstanceDraft = {
    name: name.text,
    word: name,
    said: new Map(),
    garp: {},
    tracking: noTracking(),
    notify: {},
    addresses: [],
    excludedAddresses: [],
    routes: [],
    rules: [],
    unicastPeers: [],
    unicastConfigured: false,
    vmacForAddresses: false,
  };
  for (const one of statement.block?.statements ?? [])
    draft.said.set(one.word.text, one.arguments[0] ?? one.word);
  reading.instances.push(draft);
  readAll(instanceReaders, draft, statement.block?.statements ?? [], reading);
}
