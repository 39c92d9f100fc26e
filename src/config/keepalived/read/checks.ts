import type { Statement } from "../grammar/statement.js";
import type { Check } from "../model/index.js";
import { isLinkLocal } from "../values/addresses.js";
import { readHex } from "../values/hex.js";
import { wholeNumber } from "../values/word-values.js";
import { address, flag, meantOf, onOff, whole, word } from "./readers.js";
import { type Reader, type Readers, type Reading, readAll } from "./reading.js";
import { plainCommand } from "./scripts.js";
import type { CheckDraft, ConnectionDraft, RealServerDraft } from "./server-draft.js";
import { timingReaders } from "./timing.js";
import { readUrl } from "./url.js";

type Connected = { connection: ConnectionDraft };

/** Where from and where to a check connects. */
const connectionReaders: Readers<Connected> = {
  connect_ip: address("connect_ip", (d, v) => void (d.connection.address = v)),
  connect_port: whole(1, 65535, (d, v) => void (d.connection.port = v)),
  bindto: address("bindto", (d, v) => void (d.connection.bindAddress = v)),
  bind_port: whole(1, 65535, (d, v) => void (d.connection.bindPort = v)),
  bind_if: (d, statement, { findings }) => {
    const [name] = statement.arguments;
    if (name && name.text.length > 15)
      findings.add(name.at, "long-name", `Interface name ${name.text} is too long - ignoring`);
    else if (name) d.connection.bindInterface = name.text;
  },
  fwmark: whole(0, 0xffffffff, (d, v) => void (d.connection.mark = v)),
};

const common: Readers<CheckDraft> = {
  ...connectionReaders,
  ...timingReaders(0),
  alpha: onOff((d, v) => void (d.alpha = v)),
  log_all_failures: onOff((d, v) => void (d.logAllFailures = v)),
};

const http: Readers<CheckDraft> = {
  ...common,
  nb_get_retry: whole(0, 0xffffffff, (d, v) => void (d.timing.retry = v)),
  virtualhost: word((d, v) => void (d.virtualHost = v)),
  http_protocol: (d, statement, { findings }) => {
    const [value] = statement.arguments;
    const version = value?.text === "1.0C" ? "1.0c" : value?.text;
    if (version === "1.0" || version === "1.1" || version === "1.0c") d.httpProtocol = version;
    else if (value)
      findings.add(value.at, "invalid-value", `Invalid http_protocol version ${value.text}`, {
        remedy: "Write 1.0, 1.0C or 1.1.",
      });
  },
  enable_sni: onOff((d, v) => void (d.sni = v)),
  fast_recovery: onOff((d, v) => void (d.fastRecovery = v)),
  url: (d, statement, reading) => {
    const url = readUrl(statement, reading);
    if (url) d.urls.push(url);
  },
};

const hex = (statement: Statement) => statement.arguments.map((one) => one.text).join(" ");

/** What each keyword of a check does, by its block. */
export const readersOfChecks = {
  TCP_CHECK: common,
  PING_CHECK: common,
  HTTP_GET: http,
  SSL_GET: http,
  SMTP_CHECK: {
    ...common,
    helo_name: word<CheckDraft>((d, v) => void (d.heloName = v)),
    host: (d: CheckDraft, statement: Statement, reading: Reading) => {
      const host = { timing: {}, connection: {} };
      readAll(
        { ...connectionReaders, ...timingReaders(0) },
        host,
        statement.block?.statements ?? [],
        reading,
      );
      d.hosts.push(host);
    },
  },
  DNS_CHECK: {
    ...common,
    type: ((d, statement, { findings }) => {
      const types = ["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"] as const;
      const [value] = statement.arguments;
      if (!value) return;
      const type = types.find((one) => one === value.text);
      const meant = meantOf(value.text, types);
      if (type) d.type = type;
      else
        findings.add(value.at, "invalid-value", `Unknown DNS check type ${value.text} - ignoring`, {
          meant,
          instead: meant,
          remedy: `Types are ${types.join(" ")}.`,
        });
    }) as Reader<CheckDraft>,
    name: ((d, statement, { findings }) => {
      const [value] = statement.arguments;
      if (!value) return;
      if (d.name !== undefined)
        findings.add(value.at, "duplicate", "DNS_CHECK name already specified - ignoring");
      else if (value.text !== "." && /^\.|\.\./.test(value.text))
        findings.add(value.at, "invalid-value", `DNS_CHECK name '${value.text}' has empty label - ignoring`);
      else d.name = value.text;
    }) as Reader<CheckDraft>,
  },
  MISC_CHECK: {
    ...common,
    misc_path: ((d, statement, reading) => {
      const command = plainCommand(statement, reading);
      if (command) d.command = command;
    }) as Reader<CheckDraft>,
    misc_timeout: whole<CheckDraft>(0, 4294, (d, v) => void (d.timeout = v * 1000)),
    misc_dynamic: flag<CheckDraft>((d) => void (d.dynamic = true)),
    user: ((d, statement, reading) => {
      const [name, group] = statement.arguments;
      if (!name) return;
      d.user = reading.userAndGroup(name.text, group?.text);
      d.remove = d.user === undefined;
      if (d.remove)
        reading.findings.add(
          name.at,
          "script-user",
          "Failed to set uid/gid for misc checker script - removing",
          { remedy: `There is no such user or group: ${name.text}.` },
        );
    }) as Reader<CheckDraft>,
  },
  UDP_CHECK: {
    ...common,
    payload: ((d, statement, { findings }) => {
      const read = readHex(hex(statement), false);
      if (read) d.payload = read.bytes;
      else if (statement.arguments[0])
        findings.add(statement.arguments[0].at, "invalid-value", "Invalid hex string for UDP_CHECK payload");
    }) as Reader<CheckDraft>,
    require_reply: ((d, statement, { findings }) => {
      d.requireReply = true;
      if (!statement.arguments[0]) return;
      const read = readHex(hex(statement), true);
      if (read) d.reply = read;
      else findings.add(statement.arguments[0].at, "invalid-value", "Invalid hex string for UDP_CHECK reply");
    }) as Reader<CheckDraft>,
    min_reply_length: whole<CheckDraft>(0, 65535, (d, v) => void (d.minimumReply = v)),
    max_reply_length: whole<CheckDraft>(0, 65535, (d, v) => void (d.maximumReply = v)),
  },
  FILE_CHECK: {
    track_file: ((d, statement, reading) => {
      const [name] = statement.arguments;
      if (!name) return;
      if (reading.trackFiles.some((one) => one.name === name.text)) d.trackFile = name.text;
      else
        reading.findings.add(name.at, "unknown-name", `track_file ${name.text} not found`, {
          remedy: "Define it with track_file before this.",
        });
    }) as Reader<CheckDraft>,
    weight: ((d, statement, { findings }) => {
      const [value, direction] = statement.arguments;
      const number = value && wholeNumber(findings, value, -65535, 65535);
      if (number === undefined) return;
      if (direction && direction.text !== "reverse" && direction.text !== "noreverse") {
        findings.add(
          direction.at,
          "invalid-value",
          `unknown track file weight option ${direction.text} - ignoring`,
        );
        return;
      }
      d.weight = number;
      d.reverse = direction?.text === "reverse";
    }) as Reader<CheckDraft>,
  },
  BFD_CHECK: {
    alpha: onOff<CheckDraft>((d, v) => void (d.alpha = v)),
    name: ((d, statement, reading) => {
      const [name] = statement.arguments;
      if (!name) return;
      if (d.name !== undefined)
        reading.findings.add(
          name.at,
          "duplicate",
          `BFD_CHECK - BFD ${name.text} already specified as ${d.name}`,
        );
      else if (reading.bfdInstances.some((one) => one.checker && one.name === name.text)) d.name = name.text;
      else {
        reading.findings.add(name.at, "unknown-name", `BFD_CHECK - BFD ${name.text} not configured`, {
          remedy: "Define it with bfd_instance before this.",
        });
        d.remove = true;
      }
    }) as Reader<CheckDraft>,
  },
} satisfies Readonly<Record<Check["kind"], Readers<CheckDraft>>>;

/** Whether a check can be made as it stands; what is missing is noted. */
function complete(
  draft: CheckDraft,
  statement: Statement,
  server: RealServerDraft,
  reading: Reading,
): boolean {
  const { findings } = reading;
  const say = (code: string, message: string, remedy?: string) => {
    findings.add(statement.word.at, code, message, { remedy });
    return false;
  };
  if (draft.remove) return false;
  switch (draft.kind) {
    case "HTTP_GET":
    case "SSL_GET":
      if (draft.urls.length === 0)
        return say("no-url", "HTTP/SSL_GET checker has no urls specified - ignoring", "Add url { path / }.");
      break;
    case "MISC_CHECK":
      if (!draft.command)
        return say(
          "no-script",
          "No script path has been specified for MISC_CHECKER - skipping",
          'Add misc_path "COMMAND".',
        );
      return (
        draft.user !== undefined ||
        reading.defaultScriptUser(statement) !== undefined ||
        say("script-user", "Unable to set default user for misc script - removing")
      );
    case "FILE_CHECK":
      return (
        draft.trackFile !== undefined ||
        say("no-file", "FILE_CHECK has no track_file specified - ignoring", "Add track_file NAME.")
      );
    case "BFD_CHECK":
      if (draft.name === undefined)
        return say("no-name", "No name has been specified for BFD_CHECKER - skipping", "Add name NAME.");
      if (server.checks.some((other) => other.kind === "BFD_CHECK" && other.name === draft.name))
        return say("duplicate", `BFD_CHECK - RS already monitoring ${draft.name}`);
      return true;
    case "UDP_CHECK":
      if ((draft.minimumReply ?? 0) > (draft.maximumReply ?? 255))
        say(
          "conflict",
          `UDP_CHECK min_reply length ${draft.minimumReply} > max_reply_length ${draft.maximumReply ?? 255} - will always fail`,
        );
      break;
  }
  const to = draft.connection.address ?? server.address;
  if (isLinkLocal(to) && draft.connection.bindInterface === undefined)
    return say("no-interface", `Checker link local address ${to} requires a bind_if`, "Add bind_if NAME.");
  return true;
}

const check =
  (kind: Check["kind"]): Reader<RealServerDraft> =>
  (server, statement, reading) => {
    const draft: CheckDraft = { kind, word: statement.word, timing: {}, connection: {}, urls: [], hosts: [] };
    readAll<CheckDraft>(readersOfChecks[kind], draft, statement.block?.statements ?? [], reading);
    const { bindAddress, address: to } = draft.connection;
    if (bindAddress && bindAddress.family !== (to ?? server.address).family) {
      reading.findings.add(
        statement.word.at,
        "invalid-address",
        `bindto address ${bindAddress} does not match address family of connect_ip - skipping`,
      );
      delete draft.connection.bindAddress;
    }
    if (complete(draft, statement, server, reading)) server.checks.push(draft);
  };

/** The check blocks of a real server. */
export const checkReaders: Readers<RealServerDraft> = Object.fromEntries(
  (Object.keys(readersOfChecks) as Check["kind"][]).map((kind) => [kind, check(kind)]),
);
