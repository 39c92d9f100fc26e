import type { Tracked } from "../model/index.js";
import type { InstanceDraft } from "../read/instance-draft.js";
import type { Reading } from "../read/reading.js";

/** Notes something of a line of a track block. */
function say(reading: Reading, tracked: Tracked, message: string, remedy: string): void {
  const file = reading.findings.files.files.find((one) => one.path === tracked.at.file);
  const position = file ? file.base + file.lines[tracked.at.line - 1]! + tracked.at.column - 1 : 0;
  reading.findings.add(position, "weight-ignored", message, { remedy });
}

/**
 * Weights change no priority of an address owner, nor of a member of a sync group unless it says
 * sync_group_tracking_weight: interfaces are followed without their weight, scripts and BFD not at all.
 */
export function dropWeights(draft: InstanceDraft, reading: Reading): void {
  const group = reading.syncGroups.find((one) => one.members?.some((member) => member.name === draft.name));
  const inGroup = group !== undefined && !group.trackingWeight;
  const owner = draft.priority === 255 || (draft.priority === undefined && draft.wantedState === "MASTER");
  const { tracking } = draft;
  const base = draft.interface;
  tracking.interfaces = tracking.interfaces.filter((tracked) => {
    if (tracked.name !== base) return true;
    say(
      reading,
      tracked,
      `(${draft.name}) Ignoring track_interface ${tracked.name} since own interface`,
      "Its own interface is always followed, unless it says dont_track_primary: take the line away.",
    );
    return false;
  });
  if (!inGroup && !owner) return;
  const why = inGroup ? "SYNC group" : "address owner";
  const remedy = inGroup
    ? `Write it into vrrp_sync_group ${group.name} with sync_group_tracking_weight, or without a weight.`
    : "An address owner (priority 255) keeps its priority: leave the weight out, so that failing means FAULT.";
  tracking.interfaces = tracking.interfaces.flatMap((tracked) => {
    if (!tracked.weight) return [tracked];
    say(
      reading,
      tracked,
      `(${draft.name}) ignoring ${tracked.name} tracked interface ${inGroup ? "weight " : ""}due to ${why}`,
      remedy,
    );
    return inGroup ? [{ ...tracked, weight: 0 }] : [];
  });
  const weighted = (list: Tracked[], defaults: readonly { name: string; weight: number }[], what: string) =>
    list.filter((tracked) => {
      const weight = tracked.weight ?? defaults.find((one) => one.name === tracked.name)?.weight ?? 0;
      if (weight === 0) return true;
      say(
        reading,
        tracked,
        `(${draft.name}) ignoring tracked ${what} ${tracked.name} with weights due to ${why}`,
        remedy,
      );
      return false;
    });
  tracking.scripts = weighted(tracking.scripts, reading.scripts, "script");
  tracking.bfds = weighted(tracking.bfds, reading.bfdInstances, "bfd");
  tracking.files = tracking.files.flatMap((tracked) => {
    const weight = tracked.weight ?? reading.trackFiles.find((one) => one.name === tracked.name)?.weight ?? 1;
    if (weight === 0) return [tracked];
    say(
      reading,
      tracked,
      `(${draft.name}) ignoring ${weight === 1 ? "weight from " : ""}tracked file ${tracked.name} due to ${why}.`,
      remedy,
    );
    return weight === 1 ? [{ ...tracked, weight: 0 }] : [];
  });
}
