import type { Statement } from "../grammar/statement.js";
import { noTracking, type SyncGroupDraft } from "./instance-draft.js";
import { notifyReaders } from "./notify.js";
import { flag, onOff } from "./readers.js";
import { type Readers, type Reading, readAll } from "./reading.js";
import { trackingReaders } from "./tracking.js";

/** What each keyword of vrrp_sync_group does. */
export const syncGroupReaders: Readers<SyncGroupDraft> = {
  ...notifyReaders,
  ...trackingReaders,
  group: (draft, statement, { findings }) => {
    if (draft.members) {
      findings.add(
        statement.word.at,
        "duplicate",
        `Group list already specified for sync group ${draft.name}`,
      );
      return;
    }
    const words = statement.rows?.flatMap((row) => row.words) ?? [];
    if (words.length === 0)
      findings.add(
        statement.word.at,
        "empty-block",
        `Warning - sync group ${draft.name} has empty group block`,
      );
    else draft.members = words.map((word) => ({ name: word.text, word }));
  },
  smtp_alert: onOff((d, v) => void (d.smtpAlert = v)),
  global_tracking: flag((d) => {
    d.globalTracking = true;
    d.trackingWeight = true;
  }),
  sync_group_tracking_weight: flag((d) => void (d.trackingWeight = true)),
  notify_priority_changes: onOff((d, v) => void (d.notifyPriorityChanges = v)),
};

/** Reads a vrrp_sync_group; a second one of the same name is left out. */
export function readSyncGroup(statement: Statement, reading: Reading): void {
  const [name, extra] = statement.arguments;
  const { findings } = reading;
  if (!name) return;
  if (extra) {
    findings.add(statement.word.at, "invalid-value", "vrrp_sync_group must have a name - skipping", {
      remedy: "A name is one word.",
    });
    return;
  }
  if (reading.syncGroups.some((other) => other.name === name.text)) {
    findings.add(name.at, "duplicate", `vrrp sync group ${name.text} already defined`);
    return;
  }
  const draft: SyncGroupDraft = { name: name.text, word: name, tracking: noTracking(), notify: {} };
  reading.syncGroups.push(draft);
  readAll(syncGroupReaders, draft, statement.block?.statements ?? [], reading);
}
