import { setMaxListeners } from "node:events";
import { RondoError } from "../../errors.js";
import { Timetable } from "../../health/index.js";
import type { DataPlane } from "../../ipvs/data-plane.js";
import type { ServerStatus } from "../../ipvs/model.js";
import { placeKey, withWeight } from "../../ipvs/place.js";
import type { Check } from "./checks.js";
import type { WatchEvent } from "./event.js";
import type { KeptStore } from "./kept-file.js";
import { names, WatchMachine, type WeightChange } from "./machine.js";
import type { WatchOptions } from "./options.js";
import { type PlaceStatus, statusOf } from "./status.js";

/** What a watch needs of its surroundings. */
export interface WatchWorld {
  /** The data plane, for each look: what another process has made anew is to be seen then. */
  readonly plane: () => DataPlane;
  readonly kept: KeptStore;
  /** What drains and slow starts have noted, by the place's key. */
  readonly notes: () => (placeKey: string) => number | undefined;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** Waits; ends early when the signal comes. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly tell: (event: WatchEvent) => void;
}

/** The table is looked at this often, in milliseconds, or once in an interval if that is shorter. */
const lookPeriod = 1000;
/** What comes in so many milliseconds is answered by one change. */
const swarm = 10;
/** After a look it does other things for so many times as long: a look at thousands of servers takes a while. */
const rest = 4;
/** Checks that are due within so many milliseconds are begun together. */
const together = 5;

/** Watches the servers of a table until it is told to end. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #world: WatchWorld;
  readonly #machine: WatchMachine;
  readonly #timetable: Timetable<Check>;
  readonly #asking = new Set<Check>();
  readonly #lookPeriod: number;
  #lookAt: number;
  /** How long the last look took, in milliseconds. */
  #lookTook = 0;
  #wake = new AbortController();
  #trouble = "";

  constructor(options: WatchOptions, world: WatchWorld) {
    this.#options = options;
    this.#world = world;
    const complain = (detail: string) => world.tell({ event: "trouble", detail });
    this.#machine = new WatchMachine(options, world.kept.read(complain), world.now());
    this.#timetable = new Timetable(options.interval);
    this.#lookPeriod = Math.min(lookPeriod, options.interval);
    this.#lookAt = world.now();
  }

  /** Ends when the signal comes: with the configured weights given back, unless they are to be kept as they are. */
  async run(signal: AbortSignal): Promise<void> {
    const { now, sleep } = this.#world;
    const end = () => this.#wake.abort();
    // Every check that is under way listens.
    setMaxListeners(0, signal);
    signal.addEventListener("abort", end);
    try {
      while (!signal.aborted) {
        this.#wake = new AbortController();
        if (now() >= this.#lookAt) {
          const begun = now();
          this.#look();
          this.#lookTook = now() - begun;
          while (this.#lookAt <= now()) this.#lookAt += this.#lookPeriod;
        }
        for (const check of this.#timetable.due(now())) void this.#ask(check, signal);
        const next = Math.min(this.#lookAt, this.#timetable.next() ?? Number.POSITIVE_INFINITY);
        if (!signal.aborted) await sleep(Math.max(together, next - now()), this.#wake.signal);
      }
    } finally {
      signal.removeEventListener("abort", end);
    }
    this.#end();
  }

  status(): PlaceStatus[] {
    return statusOf(this.#machine, this.#options);
  }

  async #ask(check: Check, signal: AbortSignal): Promise<void> {
    if (this.#asking.has(check)) return;
    this.#asking.add(check);
    const result = await check.probe.probe(check.target, this.#options.timeout, signal);
    this.#asking.delete(check);
    if (signal.aborted) return;
    if (!this.#machine.take(check, result)) return;
    // Weights follow at once, not with the next look; those of several servers together.
    this.#lookAt = Math.min(this.#lookAt, this.#world.now() + Math.max(swarm, rest * this.#lookTook));
    this.#wake.abort();
  }

  #look(): void {
    this.#withPlane((plane) => {
      const { now } = this.#world;
      this.#machine.look(plane.services({ statistics: false }), this.#world.notes(), now());
      this.#schedule(now());
      this.#give(plane, this.#machine.changes(now()), "weight");
    });
  }

  #schedule(now: number): void {
    const wanted = new Set(this.#machine.checks());
    for (const check of this.#timetable.items()) if (!wanted.has(check)) this.#timetable.remove(check);
    for (const check of wanted) this.#timetable.add(check, now);
  }

  /** Gives weights. What they were is on disk before, so that whoever is killed on the way leaves what is needed to undo it. */
  #give(plane: DataPlane, changes: readonly WeightChange[], event: "weight" | "restored"): void {
    const { kept, now, tell } = this.#world;
    for (const happened of this.#machine.takeEvents()) tell(happened);
    kept.write(this.#machine.kept(now(), changes));
    give(plane, changes, {
      done: (change) => {
        this.#machine.made(change);
        const { place, from, to } = change;
        place.server = { ...place.server, weight: to };
        tell({ event, ...names(place), from, to, configured: place.configured });
      },
      refused: (problem) => this.#complain(problem),
    });
    kept.write(this.#machine.kept(now()));
  }

  #end(): void {
    if (this.#options.keep) return;
    this.#withPlane((plane) => {
      const { now, notes, kept } = this.#world;
      this.#machine.look(plane.services({ statistics: false }), notes(), now());
      this.#give(plane, this.#machine.restoring(), "restored");
      // What couldn't be given back, or is a drain's for now, is still to be known.
      kept.write({ places: this.#machine.kept(now()).places, agents: {} });
    });
  }

  /** A plane that fails now may work the next time: a daemon tells that once, and goes on. */
  #withPlane(work: (plane: DataPlane) => void): void {
    try {
      work(this.#world.plane());
      this.#trouble = "";
    } catch (error) {
      this.#complain((error as Error).message);
      if (!isOfTheSystem(error)) throw error;
    }
  }

  #complain(detail: string): void {
    if (detail !== this.#trouble) this.#world.tell({ event: "trouble", detail });
    this.#trouble = detail;
  }
}

/** Whether it is a refusal, or a file that can't be written, and no mistake of ours. */
const isOfTheSystem = (error: unknown): boolean =>
  error instanceof RondoError || typeof (error as NodeJS.ErrnoException).code === "string";

/**
 * Gives weights. One that somebody else has changed since is left alone: the table is read before the first change, and
 * once more when that has taken the writers' lock, from when on nobody else can change anything.
 */
function give(
  plane: DataPlane,
  changes: readonly WeightChange[],
  told: { done(change: WeightChange): void; refused(problem: string): void },
): void {
  if (changes.length === 0) return;
  plane.together(() => {
    let table = tableOf(plane);
    let locked = false;
    for (const change of changes) {
      const { place, from, to } = change;
      try {
        const now = table.get(place.key);
        if (now?.weight !== from) continue;
        plane.editServer(place.service, withWeight(now, to));
      } catch (error) {
        if (!isOfTheSystem(error)) throw error;
        told.refused((error as Error).message);
        continue;
      }
      told.done(change);
      if (!locked && changes.length > 1) table = tableOf(plane);
      locked = true;
    }
  });
}

const tableOf = (plane: DataPlane): Map<string, ServerStatus> =>
  new Map(
    plane
      .services({ statistics: false })
      .flatMap(({ id, servers }) => servers.map((server) => [placeKey(id, server), server] as const)),
  );

/** Gives back what a watch that was killed has taken; how many weights that were. */
export function restoreKept(world: Pick<WatchWorld, "plane" | "kept" | "notes" | "tell">): number {
  const complain = (detail: string) => world.tell({ event: "trouble", detail });
  const kept = world.kept.read(complain);
  if (Object.keys(kept.places).length === 0) return 0;
  const plane = world.plane();
  const machine = new WatchMachine(restoring, kept, 0);
  machine.look(plane.services({ statistics: false }), world.notes(), 0);
  let count = 0;
  give(plane, machine.restoring(), {
    done: ({ place, from, to }) => {
      count++;
      world.tell({ event: "restored", ...names(place), from, to, configured: place.configured });
    },
    refused: complain,
  });
  world.kept.write({ places: {}, agents: {} });
  return count;
}

/** A machine that only restores asks nobody. */
const restoring: WatchOptions = {
  probes: [],
  agentPort: 0,
  rise: 1,
  fall: 1,
  interval: 1000,
  timeout: 1000,
  slowStart: 0,
  step: 100,
  lastResort: "refuse",
  keep: false,
};
