import { nearest } from "../../../nearest.js";
import { IpAddress } from "../../../wire/address.js";
import type { Statement } from "../grammar/statement.js";
import { wholeNumber } from "../values/word-values.js";
import { readEndpoint } from "./endpoint.js";
import { readForwarding } from "./forwarding.js";
import { flag, meantOf, onOff, whole, word } from "./readers.js";
import { type Reader, type Readers, type Reading, readAll } from "./reading.js";
import { readRealServer } from "./real-server.js";
import { scriptOnce } from "./scripts.js";
import type { VirtualServerDraft } from "./server-draft.js";
import { timingReaders } from "./timing.js";

type D = VirtualServerDraft;

/** Schedulers by the name that keepalived.conf has. */
const known = [
  "rr",
  "wrr",
  "lc",
  "wlc",
  "lblc",
  "sh",
  "mh",
  "dh",
  "fo",
  "ovf",
  "lblcr",
  "sed",
  "nq",
  "twos",
] as const;

const scheduler: Reader<D> = (draft, statement, { findings }) => {
  const [name] = statement.arguments;
  if (!name) return;
  if ((known as readonly string[]).includes(name.text)) draft.scheduler = name.text;
  else {
    const meant = nearest(name.text, known);
    findings.add(name.at, "invalid-value", `Invalid lvs_scheduler '${name.text}' - ignoring`, {
      meant,
      instead: meant,
      remedy: `${meant === undefined ? "" : `Did you mean ${meant}? `}Schedulers are ${known.join(" ")}.`,
    });
  }
};

const schedulerFlag: Reader<D> = (draft, statement, { findings }) => {
  const name = statement.word.text;
  if (name === "ops") draft.onePacket = true;
  else if (name.startsWith("flag-")) {
    const own = { sh: ["sh-fallback", "sh-port"], mh: ["mh-fallback", "mh-port"] }[draft.scheduler ?? ""];
    draft.flags.push(own?.[Number(name.slice(5)) - 1] ?? name);
  } else if (name === "hashed") draft.hashed = true;
  if (name === "ops" || name.startsWith("flag-")) return;
  const wants = name.slice(0, 2);
  if (draft.scheduler === wants) draft.flags.push(name);
  else if (draft.scheduler !== "sh" && draft.scheduler !== "mh")
    findings.add(statement.word.at, "conflict", `${name} only applies to sh scheduler - ignoring`, {
      remedy:
        name === "hashed"
          ? "hashed does nothing in keepalived 2.2.7: take it away."
          : `Write lb_algo ${wants} before it.`,
    });
  else if (name !== "hashed")
    findings.warn(
      statement.word.at,
      "conflict",
      `${name} does nothing with the scheduler ${draft.scheduler}`,
    );
};

const forwarding: Reader<D> = (draft, statement, reading) => {
  draft.forwarding = readForwarding(statement, reading, "virtual") ?? draft.forwarding;
};

const script = (field: "quorumUp" | "quorumDown"): Reader<D> =>
  scriptOnce(
    (draft) => draft[field],
    (draft, command) => {
      draft[field] = command;
    },
  );

const granularity: Reader<D> = (draft, statement, { findings }) => {
  const [value] = statement.arguments;
  if (!value) return;
  const family = draft.family ?? (value.text.includes(".") ? 4 : 6);
  const mask = family === 6 ? wholeNumber(findings, value, 1, 128) : IpAddress.parse(value.text);
  if (mask === undefined) {
    if (family === 4)
      findings.add(
        value.at,
        "invalid-value",
        `Invalid IPv4 persistence_granularity specified - ${value.text}`,
        { remedy: "Write a netmask: 255.255.255.0." },
      );
    return;
  }
  draft.granularity = mask;
  draft.family ??= family;
  draft.persistenceTimeout ??= 360;
};

const protocol: Reader<D> = (draft, statement, { findings }) => {
  const [name] = statement.arguments;
  if (!name) return;
  const folded = name.text.toLowerCase();
  if (folded === "tcp" || folded === "udp" || folded === "sctp") draft.protocol = folded;
  else {
    const meant = meantOf(name.text, ["TCP", "UDP", "SCTP"]);
    findings.add(name.at, "invalid-value", `Unknown protocol ${name.text} - ignoring`, {
      meant,
      instead: meant,
      remedy: `Write ${meant ?? "TCP, UDP or SCTP"}.`,
    });
  }
};

const sorryServer: Reader<D> = (draft, statement, reading) => {
  const endpoint = readEndpoint(reading, statement.arguments, "sorry server IP address");
  if (endpoint)
    draft.sorry = {
      ...endpoint,
      word: statement.arguments[0]!,
      forwarding: draft.forwarding,
      inhibit: false,
    };
};

/** What each keyword of virtual_server does. */
export const virtualServerReaders: Readers<D> = {
  ...timingReaders(1),
  ip_family: (draft, statement, { findings }) => {
    const [name] = statement.arguments;
    const family = name?.text === "inet" ? 4 : name?.text === "inet6" ? 6 : undefined;
    if (!family && name)
      findings.add(name.at, "invalid-value", `unknown address family ${name.text}`, {
        remedy: "Write inet or inet6.",
      });
    else if (draft.family !== undefined && family !== draft.family)
      findings.add(
        name!.at,
        "conflict",
        `Virtual server specified family ${name!.text} conflicts with server family`,
      );
    else draft.family = family;
  },
  inhibit_on_failure: flag((d) => void (d.inhibit = true)),
  lb_algo: scheduler,
  lvs_sched: scheduler,
  lb_kind: forwarding,
  lvs_method: forwarding,
  ...Object.fromEntries(
    ["hashed", "ops", "flag-1", "flag-2", "flag-3", "sh-port", "sh-fallback", "mh-port", "mh-fallback"].map(
      (name) => [name, schedulerFlag],
    ),
  ),
  persistence_engine: word((d, v) => void (d.persistenceEngine = v.slice(0, 15))),
  persistence_timeout: (draft, statement, { findings }) => {
    const [value] = statement.arguments;
    const timeout = value ? wholeNumber(findings, value, 1, 2678400) : 360;
    if (timeout !== undefined) draft.persistenceTimeout = timeout;
  },
  persistence_granularity: granularity,
  protocol,
  ha_suspend: flag((d) => void (d.haSuspend = true)),
  smtp_alert: onOff((d, v) => void (d.smtpAlert = v)),
  virtualhost: word((d, v) => void (d.virtualHost = v)),
  snmp_name: word((d, v) => void (d.snmpName = v)),
  alpha: flag((d) => void (d.alpha = true)),
  omega: flag((d) => void (d.omega = true)),
  quorum_up: script("quorumUp"),
  quorum_down: script("quorumDown"),
  quorum: whole(1, 0xffffffff, (d, v) => void (d.quorum = v)),
  hysteresis: whole(0, 0xffffffff, (d, v) => void (d.hysteresis = v)),
  weight: whole(1, 65535, (d, v) => void (d.weight = v)),
  sorry_server: sorryServer,
  sorry_server_inhibit: (draft, statement, { findings }) => {
    if (draft.sorry) draft.sorry.inhibit = true;
    else
      findings.add(
        statement.word.at,
        "conflict",
        "Ignoring sorry_server inhibit used before or without sorry_server",
      );
  },
  sorry_server_lvs_method: (draft, statement, reading) => {
    if (draft.sorry)
      draft.sorry.forwarding = readForwarding(statement, reading, "sorry") ?? draft.sorry.forwarding;
    else
      reading.findings.add(
        statement.word.at,
        "conflict",
        "sorry_server forwarding used without sorry_server",
      );
  },
  real_server: (draft, statement, reading) => readRealServer(draft, statement, reading),
};

/** Reads a virtual_server: ADDRESS [PORT], fwmark MARK, or group NAME. */
export function readVirtualServer(statement: Statement, reading: Reading): void {
  const [first, second] = statement.arguments;
  if (!first) return;
  const { findings } = reading;
  let target: D["target"];
  if (first.text === "group" || first.text === "fwmark") {
    if (!second) {
      findings.add(first.at, "missing-parameter", `virtual server ${first.text} without a value - ignoring`, {
        refused: "missing-parameter",
      });
      return;
    }
    if (first.text === "group") target = { kind: "group", group: second.text };
    else {
      const mark = wholeNumber(findings, second, 0, 0x7fffffff);
      if (mark === undefined) return;
      target = { kind: "mark", mark };
    }
  } else {
    const endpoint = readEndpoint(reading, statement.arguments, "virtual server IP address");
    if (!endpoint) return;
    target = { kind: "address", ...endpoint };
  }
  const draft: D = {
    target,
    word: first,
    said: new Map(),
    family: target.kind === "address" ? target.address.family : undefined,
    timing: {},
    flags: [],
    servers: [],
    at: findings.files.place(statement.word.at.position()),
  };
  for (const one of statement.block?.statements ?? [])
    draft.said.set(one.word.text, one.arguments[0] ?? one.word);
  reading.virtualServers.push(draft);
  readAll(virtualServerReaders, draft, statement.block?.statements ?? [], reading);
}
