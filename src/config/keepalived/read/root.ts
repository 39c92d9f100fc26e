import type { Statement, Word } from "../grammar/statement.js";
import { readAddressEntry } from "../values/address-entry.js";
import { readRoute } from "../values/route.js";
import { readRule } from "../values/rule.js";
import { seconds, wholeNumber } from "../values/word-values.js";
import { readBfd } from "./bfd.js";
import { globalReaders } from "./global-defs.js";
import { readInstance } from "./instance.js";
import { time } from "./readers.js";
import { type GarpGroup, type Reader, type Readers, type Reading, readAll } from "./reading.js";
import { readServerGroup } from "./server-group.js";
import { sslReaders } from "./ssl.js";
import { readSyncGroup } from "./sync-group.js";
import { readScript, readTrackFile, readTrackProcess } from "./trackers.js";
import { readVirtualServer } from "./virtual-server.js";

const rows =
  (read: (row: NonNullable<Statement["rows"]>[number], reading: Reading) => void): Reader<Reading> =>
  (reading, statement) => {
    for (const row of statement.rows ?? []) read(row, reading);
  };

const keep = <T>(list: T[], value: T | undefined): void => {
  if (value !== undefined) list.push(value);
};

const trackGroup: Reader<Reading> = (reading, statement) => {
  const [name] = statement.arguments;
  if (!name) return;
  if (reading.trackGroups.some((group) => group.name === name.text)) {
    reading.findings.add(name.at, "duplicate", `track_group ${name.text} already defined`);
    return;
  }
  const words =
    statement.block?.statements
      .flatMap((one) => one.rows ?? [])
      .flatMap((row) => row.words.map((word) => word.text)) ?? [];
  if (words.length === 0)
    reading.findings.add(name.at, "empty-block", `Warning - track group ${name.text} has empty group block`);
  reading.trackGroups.push({
    name: name.text,
    instances: words,
    at: reading.findings.files.place(statement.word.at.position()),
  });
};

const garpGroupReaders: Readers<GarpGroup> = {
  garp_interval: time(0, 2147.483647, (d, v) => void (d.interval = v)),
  gna_interval: time(0, 2147.483647, (d, v) => void (d.naInterval = v)),
  interface: (d, statement) =>
    void d.interfaces.push(...statement.arguments.slice(0, 1).map((word) => word.text)),
  interfaces: (d, statement, { findings }) => {
    const words = statement.rows?.flatMap((row) => row.words) ?? [];
    if (words.length === 0)
      findings.add(statement.word.at, "empty-block", "Warning - empty garp_group interfaces block");
    d.interfaces.push(...words.map((word) => word.text));
  },
};

const garpGroup: Reader<Reading> = (reading, statement) => {
  const group: GarpGroup = { interfaces: [] };
  readAll(garpGroupReaders, group, statement.block?.statements ?? [], reading);
  if (group.interval === undefined && group.naInterval === undefined)
    reading.findings.add(
      statement.word.at,
      "no-interval",
      "garp group 0 does not have any delay set - removing",
      { remedy: "Add garp_interval SECONDS." },
    );
  else reading.garpGroups.push(group);
};

/** Notes an interface that is not there: keepalived does not start with it. */
function missing(name: Word, what: string, reading: Reading): boolean {
  if (reading.interfaceExists(name.text)) return false;
  reading.findings.add(name.at, "no-interface", `unknown interface ${name.text} specified for ${what}`, {
    refused: "fatal",
  });
  return true;
}

const interfaceDelays: Reader<Reading> = rows((row, reading) => {
  const [name, downWord, upWord] = row.words;
  const { findings } = reading;
  if (missing(name, "up/down delay", reading)) return;
  if (!downWord) {
    findings.warn(name.at, "missing-parameter", `No timeouts specified for ${name.text} up/down delays`);
    return;
  }
  const down = seconds(findings, downWord, 0, 255);
  const up = upWord ? seconds(findings, upWord, 0, 255) : 0;
  if (down !== undefined && up !== undefined)
    reading.interfaceDelays.push({ interface: name.text, down, up });
});

/** What each keyword of the file itself does. */
export const rootReaders: Readers<Reading> = {
  net_namespace: (r, s) => void (r.global.netNamespace ??= s.arguments[0]?.text),
  net_namespace_ipvs: (r, s) => void (r.global.netNamespaceIpvs ??= s.arguments[0]?.text ?? ""),
  use_pid_dir: (r) => void (r.global.usePidDir = true),
  instance: (r, s) => void (r.global.instanceName ??= s.arguments[0]?.text),
  child_wait_time: (r, s) => {
    const [word] = s.arguments;
    const value = word && wholeNumber(r.findings, word, 0, 0xffffffff);
    if (value !== undefined) r.global.childWaitTime = value * 1000;
  },
  global_defs: (r, s) => readAll(globalReaders, r.global, s.block?.statements ?? [], r),
  track_group: trackGroup,
  static_ipaddress: rows((row, r) => keep(r.staticAddresses, readAddressEntry(row, r, true))),
  static_routes: rows((row, r) => keep(r.staticRoutes, readRoute(row, r, true))),
  static_rules: rows((row, r) => keep(r.staticRules, readRule(row, r, true))),
  vrrp_sync_group: (r, s) => readSyncGroup(s, r),
  garp_group: garpGroup,
  linkbeat_interfaces: rows((row, r) => {
    if (!missing(row.words[0], "linkbeat interface", r)) r.global.linkbeat.push(row.words[0].text);
  }),
  vrrp_instance: (r, s) => readInstance(s, r),
  vrrp_script: (r, s) => readScript(s, r),
  vrrp_track_process: (r, s) => readTrackProcess(s, r),
  interface_up_down_delays: interfaceDelays,
  track_file: (r, s) => readTrackFile(s, r),
  vrrp_track_file: (r, s) => readTrackFile(s, r),
  SSL: (r, s) => {
    r.ssl = {};
    readAll(sslReaders, r.ssl, s.block?.statements ?? [], r);
  },
  virtual_server_group: (r, s) => readServerGroup(s, r),
  virtual_server: (r, s) => readVirtualServer(s, r),
  bfd_instance: (r, s) => readBfd(s, r),
};
