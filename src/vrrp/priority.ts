import type {
  KeepalivedConfig,
  Tracked,
  Tracking,
  VrrpInstance,
  VrrpSyncGroup,
} from "../config/keepalived/model/index.js";
import type { VrrpFacts } from "./facts.js";

/** One thing that counts for or against an instance. `weight` 0: it takes the instance to FAULT when it fails. */
export interface Contribution {
  readonly kind: "interface" | "script" | "file" | "process" | "bfd";
  readonly name: string;
  readonly weight: number;
  readonly reverse: boolean;
  /** undefined: not known yet. */
  readonly good: boolean | undefined;
  /** What it adds to the priority now. */
  readonly adds: number;
  /** It holds the instance in FAULT now, in the real one's words. */
  readonly fault?: string;
}

/** What an instance's tracking comes to. */
export interface Standing {
  /** Effective priority: 1 … 254, or 255 of an address owner. */
  readonly priority: number;
  /** Why it is in FAULT; none: it may run. */
  readonly faults: readonly string[];
  /** Scripts without a first result whose failing would mean FAULT. */
  readonly waiting: readonly string[];
  readonly contributions: readonly Contribution[];
}

/**
 * Effective priority and faults, as keepalived reckons them: a positive weight is added while the thing is well, a negative
 * one while it isn't; "reverse" turns the sign (with weight 0: which of both is a fault); a file adds its number times the
 * weight, and -254 or less is a fault. A sync group's things count for each member; with an address owner among them their
 * weights are 0.
 * @param group what `tracking` of the sync group adds, `owner` whether a member has priority 255
 */
export function standingOf(
  instance: VrrpInstance,
  config: Pick<KeepalivedConfig, "scripts" | "trackFiles" | "trackProcesses" | "bfdInstances">,
  facts: VrrpFacts,
  group?: { readonly settings: VrrpSyncGroup; readonly owner: boolean },
): Standing {
  const own = contributionsOf(instance.tracking, config, facts, false);
  const shared = group ? contributionsOf(group.settings.tracking, config, facts, group.owner) : [];
  const contributions = [...ownInterfaces(instance, facts), ...own, ...shared];
  const faults = contributions.flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
  const waiting = contributions.filter(
    ({ kind, weight, good }) => kind === "script" && weight === 0 && good === undefined,
  );
  return {
    priority: effective(instance, contributions),
    faults: [...configFaults(instance), ...sourceFault(instance, facts), ...faults],
    waiting: waiting.map(({ name }) => name),
    contributions,
  };
}

function effective(instance: VrrpInstance, contributions: readonly Contribution[]): number {
  if (instance.priority === 255) return 255;
  const sum = contributions.reduce((total, { adds }) => total + adds, instance.priority);
  return Math.min(254, Math.max(1, sum));
}

/** The interface it runs on, and those that its addresses and routes name. */
function ownInterfaces(instance: VrrpInstance, facts: VrrpFacts): Contribution[] {
  const names = new Set<string>();
  if (!instance.dontTrackPrimary && instance.interface !== "") names.add(instance.interface);
  for (const { device, noTrack } of [...instance.addresses, ...instance.excludedAddresses])
    if (device !== undefined && device !== instance.interface && !noTrack) names.add(device);
  for (const tracked of instance.tracking.interfaces) names.delete(tracked.name);
  return [...names].map((name) => interfaceContribution(name, 0, false, facts));
}

function contributionsOf(
  tracking: Tracking,
  config: Parameters<typeof standingOf>[1],
  facts: VrrpFacts,
  unweighted: boolean,
): Contribution[] {
  const weigh = (tracked: Tracked, definition?: { weight: number; reverse: boolean }) => ({
    name: tracked.name,
    weight: unweighted ? 0 : (tracked.weight ?? definition?.weight ?? 0),
    reverse: tracked.weight === undefined && definition ? definition.reverse : tracked.reverse,
  });
  const named = <Definition extends { readonly name: string }>(all: readonly Definition[], name: string) =>
    all.find((one) => one.name === name);

  return [
    ...tracking.interfaces.map((tracked) => {
      const { name, weight, reverse } = weigh(tracked);
      return interfaceContribution(name, weight, reverse, facts);
    }),
    ...tracking.scripts.map((tracked) => {
      const script = named(config.scripts, tracked.name);
      const good = facts.scripts.get(tracked.name) ?? (script?.initFail ? false : undefined);
      const { name, weight, reverse } = weigh(tracked, script);
      return contribution("script", name, weight, reverse, good, `due to script ${name}`);
    }),
    ...tracking.files.map((tracked) =>
      fileContribution(
        weigh(tracked, named(config.trackFiles, tracked.name)),
        facts.files.get(tracked.name) ?? 0,
      ),
    ),
    ...tracking.processes.map((tracked) => {
      const { name, weight, reverse } = weigh(tracked, named(config.trackProcesses, tracked.name));
      const good = facts.processes.get(name) ?? false;
      return contribution(
        "process",
        name,
        weight,
        reverse,
        good,
        `tracked process ${name} quorum not achieved`,
      );
    }),
    ...tracking.bfds.map((tracked) => {
      const { name, weight, reverse } = weigh(tracked, named(config.bfdInstances, tracked.name));
      const good = facts.bfds.get(name) ?? false;
      return contribution("bfd", name, weight, reverse, good, `tracked BFD ${name} ${good ? "up" : "down"}`);
    }),
  ];
}

function interfaceContribution(
  name: string,
  weight: number,
  reverse: boolean,
  facts: VrrpFacts,
): Contribution {
  const up = facts.interfaces.get(name)?.up ?? false;
  return contribution("interface", name, weight, reverse, up, `interface ${name} ${up ? "up" : "down"}`);
}

function contribution(
  kind: Contribution["kind"],
  name: string,
  weight: number,
  reverse: boolean,
  good: boolean | undefined,
  fault: string,
): Contribution {
  const one = { kind, name, weight, reverse, good };
  if (good === undefined) return { ...one, adds: 0 };
  if (weight === 0) return { ...one, adds: 0, ...(good === reverse && { fault }) };
  return { ...one, adds: good === weight > 0 ? (reverse ? -weight : weight) : 0 };
}

function fileContribution(
  { name, weight, reverse }: { name: string; weight: number; reverse: boolean },
  value: number,
): Contribution {
  const product = value * weight * (reverse ? -1 : 1);
  const status = weight === 0 ? ((value !== 0) === !reverse ? -254 : 0) : product;
  const one = { kind: "file", name, weight, reverse, good: status > -254 } as const;
  if (status <= -254) return { ...one, adds: 0, fault: `tracked file ${name} has status ${status}` };
  return { ...one, adds: Math.min(status, 253) };
}

/** The address that its advertisements come from. */
export function sourceOf(instance: VrrpInstance, facts: VrrpFacts) {
  const { address4, address6 } = facts.interfaces.get(instance.interface) ?? {};
  return instance.sourceAddress ?? (instance.family === 4 ? address4 : address6);
}

function sourceFault(instance: VrrpInstance, facts: VrrpFacts): string[] {
  const { sourceAddress, trackSourceAddress, unicastPeers } = instance;
  const { addresses } = facts.interfaces.get(instance.interface) ?? {};
  // Packets of unicast peers come only to an address that is there.
  if (sourceAddress && addresses && (trackSourceAddress || unicastPeers.length > 0))
    if (!addresses.some((address) => address.equals(sourceAddress)))
      return [`src address ${sourceAddress} not configured`];
  return sourceOf(instance, facts) ? [] : [`no IPv${instance.family} address for interface`];
}

/** What the file asks for and can't be had. */
function configFaults(instance: VrrpInstance): string[] {
  const faults: string[] = [];
  if (instance.authentication?.type === "AH" && instance.version === 2)
    faults.push("auth_type AH isn't done: it was taken out of VRRP in 2004; use PASS, or none");
  if (instance.unicast && instance.unicastPeers.length === 0 && instance.unicastFaultNoPeer)
    faults.push("Cannot use unicast without any peers");
  return faults;
}
