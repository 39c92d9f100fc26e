import type { ProbeResult } from "../../health/index.js";
import { endpointText, type ServiceId, type ServiceStatus, serviceIdText } from "../../ipvs/model.js";
import { placeKey } from "../../ipvs/place.js";
import { AgentWord, type KeptWord } from "./agent-word.js";
import { type Check, Checks, questionsOf } from "./checks.js";
import type { WatchEvent } from "./event.js";
import { remembered, type WatchOptions } from "./options.js";
import { type KeptPlace, WatchedPlace } from "./place.js";

/** What outlives a watch, by {@link placeKey} and by address. */
export interface Kept {
  readonly places: Readonly<Record<string, KeptPlace>>;
  readonly agents: Readonly<Record<string, KeptWord>>;
}

/** A weight that is to be given. */
export interface WeightChange {
  readonly place: WatchedPlace;
  readonly from: number;
  readonly to: number;
}

/** A place and what is asked about it. */
export interface Watched {
  readonly place: WatchedPlace;
  readonly checks: readonly Check[];
}

interface Gone {
  readonly kept: KeptPlace;
  readonly since: number;
}

/** Why a server takes no part: it doesn't work, or somebody wants it so. */
type Verdict = "in" | "failed" | "drained";

/**
 * Decides what weights servers have, from what the table says, what checks find and what time it is. It does nothing
 * itself, and time is a parameter: milliseconds that only go forward.
 *
 * The weight of a server is 0 while it takes no part, else at most the configured one, which is what somebody else has
 * put into the table.
 */
export class WatchMachine {
  readonly #options: WatchOptions;
  readonly #checks: Checks;
  readonly #sole: boolean;
  #watched = new Map<string, Watched>();
  readonly #gone = new Map<string, Gone>();
  readonly #words = new Map<string, { word: AgentWord; usedAt: number }>();
  readonly #unserved = new Set<string>();
  #unchecked = new Set<string>();
  #events: WatchEvent[] = [];
  #looked = false;

  constructor(options: WatchOptions, kept: Kept, now: number) {
    this.#options = options;
    this.#checks = new Checks(options);
    this.#sole = options.probes.every(({ kind }) => kind === "agent");
    for (const [key, place] of Object.entries(kept.places))
      this.#gone.set(key, { kept: place, since: now - (place.gone ?? 0) });
    for (const [address, word] of Object.entries(kept.agents))
      this.#words.set(address, { word: new AgentWord(options.step, word), usedAt: now });
  }

  /** Takes in the table as it is. `noteOf` gives what a drain or slow start has noted of a place. */
  look(
    services: readonly ServiceStatus[],
    noteOf: (placeKey: string) => number | undefined,
    now: number,
  ): void {
    const before = this.#watched;
    this.#watched = new Map();
    const unchecked = new Set<string>();
    for (const service of services)
      for (const server of service.servers) {
        const key = placeKey(service.id, server);
        const gone = this.#recall(key, now);
        const known = before.get(key)?.place;
        const place = known ?? new WatchedPlace(key, service.id, server, now, gone);
        const note = noteOf(key);
        if (place.see(server, note) && (known || note !== undefined))
          this.#tell({ event: "configured", ...names(place), weight: place.configured });
        const questions = questionsOf(service, server, this.#options);
        const checks = questions.wanted.map(({ probe, target }) => {
          if (probe.kind === "agent") this.#wordOf(`${target.address}`).usedAt = now;
          return this.#checks.want(probe, target, !(gone?.failed && place.out));
        });
        this.#watched.set(key, { place, checks });
        if (!known && this.#looked) this.#tell({ event: "added", ...names(place) });
        if ("why" in questions) {
          unchecked.add(key);
          if (!this.#unchecked.has(key))
            this.#tell({ event: "unchecked", ...names(place), why: questions.why });
        }
      }
    this.#unchecked = unchecked;
    this.#checks.settle();
    this.#prune(now);
    for (const [key, watched] of before) if (!this.#watched.has(key)) this.#forget(watched, now);
    this.#looked = true;
  }

  /** All that has to be asked, as of the last look. */
  checks(): Iterable<Check> {
    return this.#checks.all();
  }

  /** Takes the result of a check; whether weights may change by it. */
  take(check: Check, result: ProbeResult): boolean {
    if (!this.#checks.has(check)) return false;
    check.last = result;
    const turned = check.health.take(result.outcome);
    const server = endpointText(check.target);
    if (turned)
      this.#tell({
        event: check.health.well ? "well" : "failed",
        server,
        check: check.probe.name,
        detail: result.detail,
      });
    if (!result.report) return turned;
    const { word } = this.#wordOf(`${check.target.address}`);
    const percent = word.percent;
    const said = word.take(result.report);
    if (said)
      this.#tell({
        event: "agent",
        server: `${check.target.address}`,
        says: word.out ?? "up",
        ...(word.description !== undefined && { detail: word.description }),
      });
    return turned || said || word.percent !== percent;
  }

  /** The weights that are to be given now. */
  changes(now: number): WeightChange[] {
    const byService = new Map<string, Watched[]>();
    for (const watched of this.#watched.values()) {
      const service = serviceIdText(watched.place.service);
      const list = byService.get(service);
      if (list) list.push(watched);
      else byService.set(service, [watched]);
    }
    for (const service of [...this.#unserved]) if (!byService.has(service)) this.#unserved.delete(service);
    return [...byService].flatMap(([service, list]) => this.#changesOf(service, list, now));
  }

  /** Says that a change is made: its weight is ours. */
  made({ place, to }: WeightChange): void {
    place.ours = [to];
  }

  /** The configured weights of all servers that don't have them because of us. */
  restoring(): WeightChange[] {
    return [...this.#watched.values()].flatMap(({ place }) => {
      const from = place.server.weight;
      const mine = !place.held && place.ours.includes(from) && from !== place.configured;
      return mine ? [{ place, from, to: place.configured }] : [];
    });
  }

  /** What has to outlive a watch that is killed now, with `coming` on its way. */
  kept(now: number, coming: readonly WeightChange[] = []): Kept {
    for (const { place, from, to } of coming) place.ours = [from, to];
    const places: Record<string, KeptPlace> = {};
    for (const [key, { kept, since }] of this.#gone) places[key] = { ...kept, gone: Math.round(now - since) };
    for (const watched of this.#watched.values()) {
      const kept = watched.place.kept(now, this.#verdict(watched) === "failed");
      if (kept) places[watched.place.key] = kept;
    }
    const agents: Record<string, KeptWord> = {};
    for (const [address, { word }] of this.#words) {
      const kept = word.kept;
      if (kept) agents[address] = kept;
    }
    return { places, agents };
  }

  /** All places with their checks, as of the last look. */
  watched(): Iterable<Watched> {
    return this.#watched.values();
  }

  wordOf(address: string): AgentWord | undefined {
    return this.#words.get(address)?.word;
  }

  /** What has happened since this was called last. */
  takeEvents(): WatchEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #changesOf(service: string, list: readonly Watched[], now: number): WeightChange[] {
    const verdicts = list.map((watched) => this.#verdict(watched));
    const served = list.some(({ place }, i) => verdicts[i] === "in" && this.#weightIfIn(place) > 0);
    const failed = list.some(({ place }, i) => verdicts[i] === "failed" && place.configured > 0);
    this.#tellWhetherServed(service, list[0]!.place.service, served, failed);
    const keep = !served && this.#options.lastResort === "keep";
    return list.flatMap(({ place }, i) => {
      const out = verdicts[i] === "drained" || (verdicts[i] === "failed" && !keep);
      place.turn(out, now, keep ? 0 : this.#options.slowStart);
      const from = place.server.weight;
      const to = out
        ? 0
        : place.held
          ? from
          : place.share(this.#percentOf(place), now, this.#options.slowStart);
      return from === to ? [] : [{ place, from, to }];
    });
  }

  #weightIfIn(place: WatchedPlace): number {
    return place.held ? place.server.weight : place.configured;
  }

  #tellWhetherServed(key: string, id: ServiceId, served: boolean, failed: boolean): void {
    const { lastResort } = this.#options;
    const service = serviceText(id);
    if (!served && failed && !this.#unserved.has(key)) {
      this.#unserved.add(key);
      this.#tell({ event: "last-resort", service, lastResort });
    }
    if (served && this.#unserved.delete(key)) this.#tell({ event: "served", service, lastResort });
  }

  #verdict({ place, checks }: Watched): Verdict {
    const word = this.#agentOf(place);
    if (checks.some(({ probe, health }) => !health.well && (probe.kind !== "agent" || this.#sole)))
      return word?.out !== undefined && !word.failed ? "drained" : "failed";
    if (word?.out === undefined) return "in";
    return word.failed ? "failed" : "drained";
  }

  #agentOf(place: WatchedPlace): AgentWord | undefined {
    if (!this.#options.probes.some(({ kind }) => kind === "agent")) return undefined;
    return this.wordOf(`${place.server.address}`);
  }

  #percentOf(place: WatchedPlace): number {
    return this.#agentOf(place)?.percent ?? 100;
  }

  #wordOf(address: string): { word: AgentWord; usedAt: number } {
    let known = this.#words.get(address);
    if (!known) {
      known = { word: new AgentWord(this.#options.step), usedAt: 0 };
      this.#words.set(address, known);
    }
    return known;
  }

  /** What is remembered of a place that was deleted, or watched before; it is forgotten by this. */
  #recall(key: string, now: number): KeptPlace | undefined {
    const found = this.#gone.get(key);
    this.#gone.delete(key);
    // At the beginning everything is as it was left, however long that is ago: unless it was deleted before.
    const wasDeleted = this.#looked || found?.kept.gone !== undefined;
    return found && (!wasDeleted || now - found.since < remembered) ? found.kept : undefined;
  }

  #forget(watched: Watched, now: number): void {
    const { place } = watched;
    const kept = place.kept(now, this.#verdict(watched) === "failed");
    if (kept) this.#gone.set(place.key, { kept, since: now });
    this.#tell({ event: "deleted", ...names(place) });
  }

  #prune(now: number): void {
    for (const [key, { since }] of this.#gone) if (now - since >= remembered) this.#gone.delete(key);
    for (const [address, { usedAt }] of this.#words)
      if (now - usedAt >= remembered) this.#words.delete(address);
  }

  #tell(event: WatchEvent): void {
    this.#events.push(event);
  }
}

/** How a place is told of. */
export const names = (place: WatchedPlace): { service: string; server: string } => ({
  service: serviceText(place.service),
  server: endpointText(place.server),
});

const serviceText = (id: ServiceId): string =>
  id.kind === "address" ? serviceIdText(id) : `mark ${id.mark}${id.family === 6 ? " (IPv6)" : ""}`;
