import type { Statement } from "../grammar/statement.js";
import { checkReaders } from "./checks.js";
import { readEndpoint } from "./endpoint.js";
import { readForwarding } from "./forwarding.js";
import { onOff, whole, word } from "./readers.js";
import { type Reader, type Readers, type Reading, readAll } from "./reading.js";
import { scriptOnce } from "./scripts.js";
import type { RealServerDraft, VirtualServerDraft } from "./server-draft.js";
import { timingReaders } from "./timing.js";

type D = RealServerDraft;

const script = (field: "notifyUp" | "notifyDown"): Reader<D> =>
  scriptOnce(
    (draft) => draft[field],
    (draft, command) => {
      draft[field] = command;
    },
  );

/** What each keyword of real_server does. */
export const realServerReaders: Readers<D> = {
  ...timingReaders(1),
  weight: whole(0, 65535, (d, v) => void (d.weight = v)),
  lvs_method: (draft, statement, reading) => {
    draft.forwarding = readForwarding(statement, reading, "real") ?? draft.forwarding;
  },
  uthreshold: whole(0, 0xffffffff, (d, v) => void (d.upperThreshold = v)),
  lthreshold: whole(0, 0xffffffff, (d, v) => void (d.lowerThreshold = v)),
  inhibit_on_failure: onOff((d, v) => void (d.inhibitOnFailure = v)),
  notify_up: script("notifyUp"),
  notify_down: script("notifyDown"),
  alpha: onOff((d, v) => void (d.alpha = v)),
  smtp_alert: onOff((d, v) => void (d.smtpAlert = v)),
  virtualhost: word((d, v) => void (d.virtualHost = v)),
  snmp_name: word((d, v) => void (d.snmpName = v)),
  ...checkReaders,
};

/** Reads a real_server of a virtual server. */
export function readRealServer(virtual: VirtualServerDraft, statement: Statement, reading: Reading): void {
  const endpoint = readEndpoint(reading, statement.arguments, "real server ip address/port");
  if (!endpoint) return;
  const draft: D = {
    ...endpoint,
    word: statement.arguments[0]!,
    forwarding: virtual.forwarding,
    timing: {},
    checks: [],
    at: reading.findings.files.place(statement.word.at.position()),
  };
  readAll(realServerReaders, draft, statement.block?.statements ?? [], reading);
  if (draft.forwarding?.method !== "tunnel") {
    virtual.family ??= draft.address.family;
    if (virtual.family !== draft.address.family) {
      reading.findings.add(
        draft.word.at,
        "invalid-address",
        `Address family of virtual server and real server ${draft.address} don't match - skipping real server.`,
      );
      return;
    }
  }
  virtual.servers.push(draft);
}
