import { isMulticast, plainAddress } from "../values/addresses.js";
import { readUmask } from "../values/umask.js";
import { truth, wholeNumber } from "../values/word-values.js";
import { garpExtraReader } from "./garp-extra.js";
import type { GlobalDraft } from "./global-draft.js";
import { processReaders } from "./processes.js";
import { atLeastOne, flag, meantOf, onOff, time, whole, word } from "./readers.js";
import type { Reader, Readers } from "./reading.js";
import { notifyCommand, readFifo, readFifoScript } from "./scripts.js";
import { readSyncDaemon } from "./sync-daemon.js";

const unsigned = 0xffffffff;
/** As many seconds as 32 bits of microseconds hold. */
const mostSeconds = 4294;

const startStop =
  (which: "startup" | "shutdown"): Reader<GlobalDraft> =>
  (draft, statement, reading) => {
    const field = which === "startup" ? "startupScript" : "shutdownScript";
    if (draft[field]) {
      reading.findings.add(statement.word.at, "duplicate", `${which} script already specified`);
      return;
    }
    const script = notifyCommand(statement, reading);
    if (script) draft[field] = { ...script, timeout: 10_000 };
  };

const garpExtra = garpExtraReader<GlobalDraft>(1);

const lvsTimeouts: Reader<GlobalDraft> = (draft, statement, { findings }) => {
  const words = statement.arguments;
  const values: { tcp?: number; tcpFin?: number; udp?: number } = { ...draft.lvsTimeouts };
  for (let i = 0; i < words.length; i++) {
    const name = words[i]!;
    const field = { tcp: "tcp", tcpfin: "tcpFin", udp: "udp" }[name.text] as
      | "tcp"
      | "tcpFin"
      | "udp"
      | undefined;
    if (!field) {
      findings.add(name.at, "invalid-value", `Unknown option ${name.text} specified for lvs_timeouts`, {
        remedy: "Write tcp, tcpfin or udp, each with its seconds.",
      });
      continue;
    }
    const number = words[++i];
    if (!number) {
      findings.add(
        name.at,
        "missing-parameter",
        `No value specified for lvs_timeout ${name.text} - ignoring`,
      );
      continue;
    }
    const value = wholeNumber(findings, number, 0, 2678400);
    if (value !== undefined) values[field] = value;
  }
  draft.lvsTimeouts = values;
};

const rxPolicy: Reader<GlobalDraft> = (draft, statement, { findings }) => {
  for (const one of statement.arguments) {
    const name = one.text.toUpperCase();
    if (name === "MTU" || name === "ADVERT") draft.rxPolicy ??= name;
    else {
      const value = wholeNumber(findings, one, 0, unsigned);
      if (value !== undefined) draft.rxPolicy = value;
    }
  }
  if (statement.arguments.length > 1)
    findings.add(
      statement.word.at,
      "invalid-value",
      "Cannot set vrrp_rx_bufs_policy size and policy, ignoring policy",
    );
};

const smtpServer: Reader<GlobalDraft> = (draft, statement, { findings }) => {
  const [host, portWord] = statement.arguments;
  if (!host) return;
  const port = portWord ? wholeNumber(findings, portWord, 1, 65535) : 25;
  if (port === undefined)
    findings.add(host.at, "invalid-value", `Invalid smtp server ${host.text} ${portWord!.text}`);
  else draft.smtp.server = { host: host.text, port };
};

/** What each keyword of global_defs does. */
export const globalReaders: Readers<GlobalDraft> = {
  ...processReaders,
  router_id: word((d, v) => void (d.routerId = v)),
  notification_email_from: word((d, v) => void (d.smtp.from = v)),
  smtp_server: smtpServer,
  smtp_helo_name: word((d, v) => void (d.smtp.heloName = v)),
  smtp_connect_timeout: atLeastOne(mostSeconds, (d, v) => void (d.smtp.connectTimeout = v * 1000)),
  notification_email: (d, statement, { findings }) => {
    const words = statement.rows?.flatMap((row) => row.words) ?? [];
    if (words.length === 0)
      findings.add(statement.word.at, "empty-block", "Warning - empty notification_email block");
    d.smtp.to.push(...words.map((one) => one.text));
  },
  smtp_alert: onOff((d, v) => void (d.smtp.alert = v)),
  smtp_alert_vrrp: onOff((d, v) => void (d.smtp.alertVrrp = v)),
  smtp_alert_checker: onOff((d, v) => void (d.smtp.alertChecker = v)),
  no_email_faults: flag((d) => void (d.smtp.noEmailFaults = true)),
  no_checker_emails: onOff((d, v) => void (d.smtp.noCheckerEmails = v)),
  checker_log_all_failures: onOff((d, v) => void (d.checkerLogAllFailures = v)),
  rs_init_notifies: onOff((d, v) => void (d.realServerInitNotifies = v)),
  startup_script: startStop("startup"),
  shutdown_script: startStop("shutdown"),
  startup_script_timeout: whole(1, 1000, (d, v) => void (d.startupTimeout = v * 1000)),
  shutdown_script_timeout: whole(1, 1000, (d, v) => void (d.shutdownTimeout = v * 1000)),
  dynamic_interfaces: (d, statement, { findings }) => {
    const [option] = statement.arguments;
    d.dynamicInterfaces = option?.text === "allow_if_changes" ? "allow_if_changes" : "yes";
    if (option && option.text !== "allow_if_changes")
      findings.add(option.at, "invalid-value", `Unknown dynamic_interfaces option '${option.text}'`, {
        remedy: "Write allow_if_changes or nothing.",
      });
  },
  default_interface: word((d, v) => void (d.defaultInterface = v)),
  lvs_timeouts: lvsTimeouts,
  lvs_flush: flag((d) => void (d.lvsFlush = true)),
  lvs_flush_on_stop: flushOnStop,
  lvs_flush_onstop: flushOnStop,
  lvs_sync_daemon: readSyncDaemon,
  vrrp_version: whole(2, 3, (d, v) => void (d.vrrpVersion = v as 2 | 3)),
  vrrp_strict: flag((d) => void (d.vrrpStrict = true)),
  vrrp_mcast_group4: (d, statement, { findings }) => {
    const [one] = statement.arguments;
    const value = one && plainAddress(one.text);
    if (value?.family === 4 && isMulticast(value)) d.multicastGroup4 = value;
    else if (one)
      findings.add(
        one.at,
        "invalid-address",
        `vrrp_mcast_group4 [${one.text}] is not ${value?.family === 4 ? "multicast" : "IPv4"}. Skipping`,
      );
  },
  vrrp_mcast_group6: (d, statement, { findings }) => {
    const [one] = statement.arguments;
    const value = one && plainAddress(one.text);
    if (value?.family === 6 && isMulticast(value)) {
      d.multicastGroup6 = value;
      if (value.byte(0) !== 0xff || (value.byte(1) & 15) !== 2)
        findings.warn(
          one!.at,
          "invalid-address",
          `vrrp_mcast_group6 [${one!.text}] should be link-local multicast.`,
          { refused: "error" },
        );
    } else if (one)
      findings.add(
        one.at,
        "invalid-address",
        `vrrp_mcast_group6 [${one.text}] is not ${value?.family === 6 ? "multicast" : "IPv6"}. Skipping`,
      );
  },
  vrrp_garp_master_delay: whole(0, mostSeconds, (d, v) => void (d.garp.masterDelay = v * 1000)),
  vrrp_garp_master_repeat: atLeastOne(unsigned, (d, v) => void (d.garp.masterRepeat = v)),
  vrrp_garp_master_refresh: whole(0, unsigned, (d, v) => void (d.garp.masterRefresh = v * 1000)),
  vrrp_garp_master_refresh_repeat: atLeastOne(unsigned, (d, v) => void (d.garp.masterRefreshRepeat = v)),
  vrrp_garp_lower_prio_delay: whole(0, mostSeconds, (d, v) => void (d.garp.lowerPriorityDelay = v * 1000)),
  vrrp_garp_lower_prio_repeat: whole(0, 0x7fffffff, (d, v) => void (d.garp.lowerPriorityRepeat = v)),
  vrrp_down_timer_adverts: whole(1, 100, (d, v) => void (d.downTimerAdverts = v)),
  vrrp_garp_interval: time(0.000001, 4294.967295, (d, v) => void (d.garp.interval = v)),
  vrrp_gna_interval: time(0.000001, 4294.967295, (d, v) => void (d.garp.naInterval = v)),
  vrrp_min_garp: (d, statement, { findings }) => {
    const [one] = statement.arguments;
    const value = one ? truth(one.text) : true;
    if (value === undefined)
      findings.add(one!.at, "invalid-value", "Invalid value for vrrp_min_garp specified", {
        remedy: "Write on or off.",
      });
    if (!value) return;
    d.minGarp = true;
    if ((d.garp.masterRepeat ?? 5) === 5) d.garp.masterRepeat = 1;
    if ((d.garp.masterRefreshRepeat ?? 1) === 1) d.garp.masterRefreshRepeat = 0;
    if ((d.garp.masterDelay ?? 5000) === 5000) d.garp.masterDelay = 0;
  },
  vrrp_garp_extra_if: garpExtra,
  vrrp_vmac_garp_intvl: garpExtra,
  vrrp_lower_prio_no_advert: onOff((d, v) => void (d.lowerPriorityNoAdvert = v)),
  vrrp_higher_prio_send_advert: onOff((d, v) => void (d.higherPrioritySendAdvert = v)),
  vrrp_check_unicast_src: flag((d) => void (d.checkUnicastSource = true)),
  vrrp_skip_check_adv_addr: flag((d) => void (d.skipCheckAdvertAddresses = true)),
  vrrp_notify_priority_changes: onOff((d, v) => void (d.notifyPriorityChanges = v)),
  vrrp_rx_bufs_policy: rxPolicy,
  vrrp_rx_bufs_multiplier: whole(1, unsigned, (d, v) => void (d.rxMultiplier = v)),
  vrrp_startup_delay: time(0.001, 4294.967295, (d, v) => void (d.startupDelay = v)),
  log_unknown_vrids: flag((d) => void (d.logUnknownVrids = true)),
  vmac_prefix: word((d, v) => void (d.vmacPrefix ??= v)),
  vmac_addr_prefix: word((d, v) => void (d.vmacAddressPrefix ??= v)),
  notify_fifo: (d, s, r) => void (d.notifyFifo = readFifo(s, r, d.notifyFifo)),
  notify_fifo_script: (d, s, r) => void (d.notifyFifo = readFifoScript(s, r, d.notifyFifo)),
  vrrp_notify_fifo: (d, s, r) => void (d.vrrpNotifyFifo = readFifo(s, r, d.vrrpNotifyFifo)),
  vrrp_notify_fifo_script: (d, s, r) => void (d.vrrpNotifyFifo = readFifoScript(s, r, d.vrrpNotifyFifo)),
  lvs_notify_fifo: (d, s, r) => void (d.lvsNotifyFifo = readFifo(s, r, d.lvsNotifyFifo)),
  lvs_notify_fifo_script: (d, s, r) => void (d.lvsNotifyFifo = readFifoScript(s, r, d.lvsNotifyFifo)),
  fifo_write_vrrp_states_on_reload: flag((d) => void (d.writeVrrpStatesOnReload = true)),
  script_user: (_d, statement, reading) => {
    const [name, group] = statement.arguments;
    if (name && !reading.setScriptUser(name.text, group?.text))
      reading.findings.add(name.at, "script-user", "Error setting global script uid/gid", {
        remedy: `There is no user ${name.text}${group ? ` or no group ${group.text}` : ""} on this host.`,
      });
  },
  enable_script_security: flag((d) => void (d.scriptSecurity = true)),
  umask: (d, statement, { findings }) => void (d.umask = readUmask(findings, statement) ?? d.umask),
  reload_check_config: (d, s) => {
    const [path] = s.arguments;
    d.reloadCheckConfig = path ? { logFile: path.text } : {};
  },
  reload_time_file: word((d, v) => void (d.reloadTimeFile = v)),
  reload_repeat: flag((d) => void (d.reloadRepeat = true)),
  reload_file: (d, s) => void (d.reloadFile = s.arguments[0]?.text ?? ""),
  data_use_instance: onOff((d, v) => void (d.dataUseInstance = v)),
};

function flushOnStop(...[d, statement, { findings }]: Parameters<Reader<GlobalDraft>>): void {
  const [one] = statement.arguments;
  if (!one || one.text === "VS") d.lvsFlushOnStop = one ? "VS" : "yes";
  else
    findings.add(one.at, "invalid-value", `Unknown lvs_flush_on_stop type ${one.text}`, {
      remedy: "Write VS or nothing.",
      instead: meantOf(one.text, ["VS"]),
    });
}
