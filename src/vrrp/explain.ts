import type { Contribution } from "./priority.js";
import type { RouterSnapshot } from "./snapshot.js";
import { explainCause } from "./split-brain.js";
import { skew } from "./timers.js";
import type { TransitionReason } from "./types.js";

type Instance = RouterSnapshot["instances"][number];

/** In words, why an instance is in its state and what would change it. */
export interface Explanation {
  readonly instance: string;
  readonly state: Instance["state"];
  /** Sentences: why. */
  readonly because: readonly string[];
  /** Sentences: what would change it. */
  readonly changes: readonly string[];
  /** Sentences: what is wrong. */
  readonly warnings: readonly string[];
}

/** @param now on the clock of the snapshot; default: when it was taken */
export function explain(snapshot: RouterSnapshot, now = snapshot.now): Explanation[] {
  return snapshot.instances.map((instance) => ({
    instance: instance.name,
    state: instance.state,
    because: [...because(instance, snapshot, now), ...priorityText(instance)],
    changes: changes(instance, snapshot, now),
    warnings: warnings(instance, now),
  }));
}

const reasons: Record<TransitionReason, string> = {
  start: "it has just begun; everybody but an address owner begins as BACKUP, whatever `state` says",
  owner: "it owns the addresses (priority 255)",
  timeout: "no advertisement came for as long as it waits",
  "master-stopped": "the master before it said that it stops (priority 0)",
  preempt: "the master before it had a lower priority",
  "higher-priority": "a router with a higher priority advertised",
  "higher-address": "a router with the same priority and a higher address advertised",
  overtaken: "another router became master while this process was being replaced, and nopreempt leaves it so",
  fault: "something that it tracks failed",
  recovered: "what it tracks is well again",
  "sync-group": "its sync group is",
  stop: "it was told to stop",
  deleted: "a reload took it out of the configuration",
};

function because(instance: Instance, snapshot: RouterSnapshot, now: number): string[] {
  const { state, reason, faults, waiting, master } = instance;
  const since = `since ${seconds(now - instance.since)}`;
  switch (state) {
    case "INIT":
      return [`It waits for the first result of ${list(waiting.map((name) => `script ${name}`))}.`];
    case "FAULT": {
      if (faults.length > 0) return [`It is in FAULT ${since}: ${faults.join("; ")}.`];
      const others = faultyMembers(instance, snapshot);
      return [`It is in FAULT ${since} because of its sync group ${instance.group}: ${others}.`];
    }
    case "MASTER":
      return [`It is MASTER ${since}: ${reasons[reason]}.`];
    case "BACKUP": {
      const who = master
        ? `The master is ${master.address} with priority ${master.priority}, heard ${seconds(now - master.at)} ago.`
        : "It has heard no master yet.";
      return [`It is BACKUP ${since}: ${reasons[reason]}.`, who, ...heldBack(instance, snapshot, now)];
    }
    case "STOPPING":
      return ["It has said priority 0 and keeps its addresses until another router has announced itself."];
    case "STOPPED":
      return [`It has stopped: ${reasons[reason]}.`];
  }
}

/** Why a backup with the better priority isn't master. */
function heldBack(instance: Instance, snapshot: RouterSnapshot, now: number): string[] {
  const { master, priority, preempt, preemptAt, wanted, group } = instance;
  const texts: string[] = [];
  if (wanted === "MASTER" && group !== undefined) {
    const members = snapshot.groups.find(({ name }) => name === group)?.members ?? [];
    const unwilling = snapshot.instances
      .filter(({ name, wanted: wants }) => members.includes(name) && wants !== "MASTER")
      .map(({ name }) => name);
    if (unwilling.length > 0)
      texts.push(`It would be master, but its sync group ${group} waits for ${list(unwilling)}.`);
  }
  if (!master || master.priority >= priority) return texts;
  if (!preempt)
    texts.push(
      `Its priority ${priority} is higher, but nopreempt leaves a master alone as long as it lives.`,
    );
  else if (preemptAt !== undefined && preemptAt > now)
    texts.push(
      `Its priority ${priority} is higher: preempt_delay lets it take over in ${seconds(preemptAt - now)}.`,
    );
  return texts;
}

/** How the priority comes about, if it isn't the file's. */
function priorityText({ basePriority, priority, contributions, ownerLost }: Instance): string[] {
  if (ownerLost)
    return ["Its priority is 254 instead of 255: another router says it owns the addresses, too."];
  const added = contributions.filter(({ adds }) => adds !== 0);
  if (added.length === 0) return [`Its priority is ${priority}.`];
  const parts = added.map((one) => `${one.adds > 0 ? "+" : "−"} ${Math.abs(one.adds)} (${what(one)})`);
  return [`Its priority is ${priority} = ${basePriority} ${parts.join(" ")}.`];
}

function changes(instance: Instance, snapshot: RouterSnapshot, now: number): string[] {
  const { state, faults, waiting, priority, source, master, version, masterInterval } = instance;
  const texts: string[] = [];
  switch (state) {
    case "INIT":
      texts.push(`A good result of ${list(waiting)} makes it BACKUP, a bad one FAULT.`);
      break;
    case "FAULT":
      texts.push(
        faults.length > 0
          ? "It becomes BACKUP when none of that is the case any more."
          : `It becomes BACKUP when that is over: ${faultyMembers(instance, snapshot)}.`,
      );
      break;
    case "MASTER":
      if (priority < 255)
        texts.push(
          `It gives way to an advertisement with a priority above ${priority}, or of ${priority} from an address above ${source}.`,
        );
      break;
    case "BACKUP": {
      if (instance.timer !== undefined && instance.timer > now)
        texts.push(
          `It becomes master if it hears nothing that counts for another ${seconds(instance.timer - now)}.`,
        );
      const soon = seconds(skew(version, priority, masterInterval));
      texts.push(`It becomes master ${soon} after the master says that it stops.`);
      if (master && instance.preempt && master.priority >= priority)
        texts.push(
          `It takes over if its priority rises above ${master.priority}, or the master's sinks below ${priority}.`,
        );
      break;
    }
    default:
      return texts;
  }
  return [...texts, ...trackingChanges(instance)];
}

/** What each tracked thing would do if it became the other way. */
function trackingChanges({ contributions, priority, basePriority, master, state }: Instance): string[] {
  return contributions.flatMap((one) => {
    if (one.good === undefined || one.fault !== undefined || one.kind === "file") return [];
    const turns = one.good ? "fails" : "recovers";
    if (one.weight === 0) return one.good ? [`${name(one)} failing means FAULT.`] : [];
    if (basePriority === 255) return [];
    const other = one.adds !== 0 ? 0 : one.reverse ? -one.weight : one.weight;
    const then = Math.min(254, Math.max(1, priority - one.adds + other));
    const passes =
      state === "BACKUP" &&
      master &&
      priority <= master.priority &&
      then > priority &&
      then <= master.priority
        ? ` (not above the master's ${master.priority})`
        : "";
    return [`If ${name(one)} ${turns}, its priority becomes ${then}${passes}.`];
  });
}

function warnings(instance: Instance, now: number): string[] {
  const { rival, counters, state } = instance;
  const texts: string[] = [];
  if (rival?.reported)
    texts.push(
      `Split brain for ${seconds(now - rival.since)}: ${rival.address} is master, too. ${explainCause(rival.cause, rival.address)}.`,
    );
  const refused: [number, string][] = [
    [
      counters.authFailure + counters.authTypeMismatch + counters.invalidAuthType,
      "another password or auth_type",
    ],
    [counters.advertisementIntervalErrors, "another advert_int"],
    [counters.addressListErrors, "another list of addresses, or unicast instead of multicast"],
    [counters.versionErrors, "another vrrp_version"],
    [counters.checksumErrors, "a wrong checksum"],
    [counters.ipTtlErrors, "a wrong TTL"],
    [counters.unicastSourceErrors, "a source that isn't in unicast_peer"],
  ];
  for (const [count, why] of refused)
    if (count > 0) texts.push(`${count} advertisement${count === 1 ? " was" : "s were"} refused: ${why}.`);
  if (state === "MASTER" && instance.source === undefined)
    texts.push("Its interface has no address: nobody hears it.");
  return texts;
}

function faultyMembers(instance: Instance, { instances, groups }: RouterSnapshot): string {
  const members = groups.find(({ name }) => name === instance.group)?.members ?? [];
  const faulty = instances.filter(({ name, faults }) => members.includes(name) && faults.length > 0);
  return faulty.map(({ name, faults }) => `${name} has ${faults.join("; ")}`).join("; ") || "a member fails";
}

const name = ({ kind, name }: Contribution) => `${kind} ${name}`;

function what(one: Contribution): string {
  if (one.kind === "file") return `file ${one.name}`;
  const [good, bad] = one.kind === "interface" || one.kind === "bfd" ? ["up", "down"] : ["well", "failing"];
  return `${name(one)} is ${one.good ? good : bad}`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "nothing") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function seconds(milliseconds: number): string {
  const value = Math.max(0, milliseconds) / 1000;
  if (value < 10) return `${value.toFixed(2)} s`;
  if (value < 120) return `${Math.round(value)} s`;
  return value < 7200 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3600)} h`;
}
