import { nearest } from "../../../nearest.js";
import type { VrrpSyncGroup } from "../model/index.js";
import { defined, type Reading } from "../read/reading.js";

/** vrrp_sync_group with the instances that there are; a group without any is left out. */
export function completeSyncGroups(reading: Reading): VrrpSyncGroup[] {
  const { findings } = reading;
  const taken = new Set<string>();
  return reading.syncGroups.flatMap((draft) => {
    if (draft.globalTracking)
      findings.warn(
        draft.word.at,
        "deprecated",
        `(${draft.name}) global_tracking is deprecated. Use track_interface/script/file on the sync group`,
        { refused: "error" },
      );
    if (!draft.members) {
      findings.add(
        draft.word.at,
        "no-members",
        `Sync group ${draft.name} has no virtual router(s). removing`,
        { remedy: "Add group { INSTANCE }." },
      );
      return [];
    }
    const members = draft.members.filter(({ name, word }) => {
      if (!reading.instances.some((instance) => instance.name === name)) {
        const meant = nearest(
          name,
          reading.instances.map((instance) => instance.name),
        );
        findings.add(
          word.at,
          "unknown-name",
          `Virtual router ${name} specified in sync group ${draft.name} doesn't exist - ignoring`,
          {
            meant,
            instead: meant,
            remedy: meant === undefined ? undefined : `Did you mean ${meant}?`,
          },
        );
        return false;
      }
      if (taken.has(name)) {
        findings.add(
          word.at,
          "duplicate",
          `Virtual router ${name} cannot exist in more than one sync group; ignoring ${draft.name}`,
        );
        return false;
      }
      taken.add(name);
      return true;
    });
    if (members.length === 0) {
      findings.add(
        draft.word.at,
        "no-members",
        `Sync group ${draft.name}, no matching virtual router found in group declaration - removing`,
      );
      return [];
    }
    if (members.length === 1)
      findings.warn(
        draft.word.at,
        "one-member",
        `Sync group ${draft.name} has only 1 virtual router(s) - this probably isn't what you want`,
        { refused: "error" },
      );
    return [
      defined({
        name: draft.name,
        members: members.map(({ name, word }) => ({ name, at: findings.files.place(word.at.position()) })),
        globalTracking: draft.globalTracking ?? false,
        trackingWeight: draft.trackingWeight ?? false,
        tracking: draft.tracking,
        notify: defined(draft.notify),
        notifyPriorityChanges: draft.notifyPriorityChanges ?? reading.global.notifyPriorityChanges ?? false,
        smtpAlert: draft.smtpAlert ?? reading.global.smtp.alertVrrp ?? reading.global.smtp.alert ?? false,
        at: findings.files.place(draft.word.at.position()),
      }) as VrrpSyncGroup,
    ];
  });
}
