import type { Watched, WatchMachine } from "./machine.js";
import { names } from "./machine.js";
import type { WatchOptions } from "./options.js";

/** A server in a service, as the watch sees it. */
export interface PlaceStatus {
  readonly service: string;
  readonly server: string;
  /** The weight in the table, and the one that somebody has configured. */
  readonly weight: number;
  readonly configured: number;
  /** well; failed; drained: by its agent's word; held: a drain or slow start is at work; unchecked: no check fits. */
  readonly state: "well" | "failed" | "drained" | "held" | "unchecked" | "starting" | "new";
  readonly checks: readonly {
    readonly check: string;
    readonly well: boolean;
    /** How many results in a row were against that. */
    readonly against: number;
    readonly detail: string;
  }[];
  readonly agent?: {
    /** What the weight follows, in percent of the configured one. */
    readonly percent: number;
    readonly out?: string;
    readonly description?: string;
    readonly maxConnections?: number;
  };
}

/** All places, as the machine sees them now. */
export function statusOf(machine: WatchMachine, { probes }: WatchOptions): PlaceStatus[] {
  const sole = probes.every(({ kind }) => kind === "agent");
  return [...machine.watched()].map((watched) => placeStatus(machine, watched, sole));
}

function placeStatus(machine: WatchMachine, { place, checks }: Watched, sole: boolean): PlaceStatus {
  const asked = checks.some(({ probe }) => probe.kind === "agent");
  const word = asked ? machine.wordOf(`${place.server.address}`) : undefined;
  const ill = checks.some(({ probe, health }) => !health.well && (sole || probe.kind !== "agent"));
  const state = (): PlaceStatus["state"] => {
    if (checks.length === 0) return "unchecked";
    if (word?.out !== undefined && !word.failed) return "drained";
    if (ill || word?.failed) return "failed";
    if (place.held) return "held";
    if (place.startedAt !== undefined) return "starting";
    return checks.every(({ last }) => last === undefined) ? "new" : "well";
  };
  return {
    ...names(place),
    weight: place.server.weight,
    configured: place.configured,
    state: state(),
    checks: checks.map(({ probe, health, last }) => ({
      check: probe.name,
      well: health.well,
      against: health.against,
      detail: last?.detail ?? "not asked yet",
    })),
    ...(word && {
      agent: {
        percent: Math.round(word.percent),
        ...(word.out !== undefined && { out: word.out }),
        ...(word.description !== undefined && { description: word.description }),
        ...(word.maxConnections !== undefined && { maxConnections: word.maxConnections }),
      },
    }),
  };
}
