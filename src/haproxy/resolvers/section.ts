import { randomInt } from "node:crypto";
import type { Resolvers } from "../../config/haproxy/model/index.js";
import type { SharedMemory } from "../../proxy/index.js";
import type { ResolversRun } from "../run/index.js";
import { chooseAddress } from "./choose-address.js";
import { dnsLibrary } from "./dns-library.js";
import { type QueryType, queryBytes, readAnswer } from "./message.js";
import { Nameserver } from "./nameserver.js";
import { type Requester, Resolution, type Source, statusOf } from "./resolution.js";
import { withResolvConf } from "./resolv-conf.js";

/** The clock and the timers of a section; tests have their own. */
export interface ResolverWorld {
  /** Monotonic, milliseconds. */
  now(): number;
  after(ms: number, work: () => void): () => void;
}

/**
 * A resolvers section: asks all its name servers at once for each name, `timeout resolve` after the last answer again (resolvers.c). An
 * address that isn't there is asked for as the other version; after `resolve_retries` tries, `timeout retry` apart, it has failed.
 */
export class ResolverSection implements ResolversRun {
  readonly settings: Resolvers;
  readonly nameservers: readonly Nameserver[];
  readonly resolutions = new Set<Resolution>();
  readonly #world: ResolverWorld;
  #cancel: (() => void) | undefined;
  #stopped = false;

  /** With `parse-resolv-conf` the system's name servers are read here; `warn` is told of lines that can't be used. */
  constructor(
    settings: Resolvers,
    memory: SharedMemory,
    world: ResolverWorld,
    warn: (text: string) => void = () => undefined,
  ) {
    this.settings = settings.parseResolvConf ? withResolvConf(settings, warn) : settings;
    this.#world = world;
    dnsLibrary();
    this.nameservers = this.settings.nameservers.map(
      (each) => new Nameserver(settings.name, each, memory, (from, bytes) => this.#onMessage(from, bytes)),
    );
  }

  get name(): string {
    return this.settings.name;
  }

  /** Has a name looked up from now on, until it is unlinked. Requesters of the same name and type share the answers. */
  link(requester: Requester, name: string, type: QueryType): Resolution {
    const wanted = name.toLowerCase().replace(/\.$/, "");
    let resolution = [...this.resolutions].find((each) => each.name === wanted && each.preferred === type);
    if (resolution === undefined) {
      resolution = new Resolution(wanted, type, this.#world.now());
      this.resolutions.add(resolution);
    }
    resolution.requesters.add(requester);
    this.#schedule();
    return resolution;
  }

  unlink(resolution: Resolution, requester: Requester): void {
    resolution.requesters.delete(requester);
    if (resolution.requesters.size === 0) this.resolutions.delete(resolution);
  }

  resolve(
    name: string,
    preference: 4 | 6 | undefined,
    done: (address: string | undefined) => void,
  ): () => void {
    let over = false;
    const finish = (resolution: Resolution) => {
      if (over) return;
      over = true;
      const found = resolution.status === "valid" ? resolution.items : [];
      const candidates = found.flatMap(({ record }) =>
        record.type === "SRV" ? [] : [{ address: record.address, taken: false }],
      );
      const address = chooseAddress(
        candidates,
        { family: preference, networks: [], duplicates: true },
        undefined,
      );
      this.unlink(resolution, requester);
      done(address);
    };
    const requester: Requester = {
      onAnswer: finish,
      onFailure: (resolution) => {
        finish(resolution);
        return true;
      },
    };
    const resolution = this.link(requester, name, preference === 4 ? "A" : "AAAA");
    const { lastResolution } = resolution;
    const fresh =
      lastResolution !== undefined && this.#world.now() < lastResolution + this.settings.holdMs.valid;
    if (resolution.status === "valid" && fresh && !resolution.running) finish(resolution);
    else if (!resolution.running) this.#begin(resolution);
    return () => {
      if (!over) this.unlink(resolution, requester);
      over = true;
    };
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    for (const nameserver of this.nameservers) nameserver.close();
  }

  /** What is due now: queries that nobody answered, and names whose answer is old. */
  #work(): void {
    const { settings } = this;
    const now = this.#world.now();
    for (const resolution of [...this.resolutions]) {
      if (!resolution.running) {
        const { lastResolution } = resolution;
        if (lastResolution === undefined || now >= lastResolution + settings.timeoutResolveMs)
          this.#begin(resolution);
      } else if (now >= resolution.lastQuery + settings.timeoutRetryMs) this.#again(resolution);
    }
    this.#schedule();
  }

  #begin(resolution: Resolution): void {
    resolution.running = true;
    resolution.id = this.#freeId();
    resolution.type = resolution.preferred;
    resolution.tries = this.settings.resolveRetries - 1;
    this.#ask(resolution);
  }

  #again(resolution: Resolution): void {
    if (resolution.tries <= 0) {
      if (resolution.responses === 0) {
        resolution.status = "timeout";
        for (const nameserver of this.nameservers) nameserver.counters.add("timeout");
      }
      this.#fail(resolution);
      return;
    }
    const { fallback } = resolution;
    if (resolution.responses > 0 && resolution.type === resolution.preferred && fallback !== undefined)
      resolution.type = fallback;
    else {
      resolution.type = resolution.preferred;
      resolution.tries--;
    }
    this.#ask(resolution);
  }

  #ask(resolution: Resolution): void {
    resolution.lastQuery = this.#world.now();
    resolution.queries = 0;
    resolution.responses = 0;
    const query = queryBytes(
      resolution.id,
      resolution.type,
      resolution.name,
      this.settings.acceptedPayloadSize,
    );
    for (const nameserver of this.nameservers) if (nameserver.send(query)) resolution.queries++;
    this.#schedule();
  }

  #onMessage(from: Nameserver, bytes: Buffer): void {
    if (this.#stopped) return;
    const { settings } = this;
    if (bytes.length > settings.acceptedPayloadSize) {
      from.counters.add("too_big");
      return;
    }
    if (bytes.length < 2) {
      from.counters.add("invalid");
      return;
    }
    const id = bytes.readUInt16BE(0);
    const resolution = [...this.resolutions].find((each) => each.running && each.id === id);
    if (resolution === undefined) {
      from.counters.add("outdated");
      return;
    }
    resolution.responses++;
    const answer = readAnswer(bytes, resolution.name, resolution.type, settings.acceptedPayloadSize);
    if (answer.kind !== "valid") {
      from.counters.add(answer.kind);
      resolution.status = statusOf(answer.kind);
      if (resolution.responses >= resolution.queries) this.#allRefused(resolution);
      return;
    }
    const now = this.#world.now();
    resolution.learn(answer.records, answer.additional, settings, now);
    resolution.status = "valid";
    resolution.lastValid = now;
    from.counters.add("valid");
    resolution.end(now);
    let source: Source | undefined = { path: from.path, count: (name) => from.counters.add(name) };
    for (const requester of [...resolution.requesters]) {
      requester.onAnswer(resolution, source);
      source = undefined;
    }
    this.#schedule();
  }

  /** No name server has it: it is asked for as the other version at once, or has failed when the tries are used up. */
  #allRefused(resolution: Resolution): void {
    const { fallback } = resolution;
    if (resolution.type !== resolution.preferred || fallback === undefined) {
      if (resolution.tries <= 0) this.#fail(resolution);
      return;
    }
    resolution.type = fallback;
    this.#ask(resolution);
  }

  #fail(resolution: Resolution): void {
    let keep = false;
    for (const requester of [...resolution.requesters]) if (requester.onFailure(resolution)) keep = true;
    if (!keep) resolution.items = [];
    resolution.end(this.#world.now());
    this.#schedule();
  }

  #freeId(): number {
    const used = new Set([...this.resolutions].map((each) => each.id));
    for (;;) {
      const id = randomInt(0x10000);
      if (!used.has(id)) return id;
    }
  }

  #schedule(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#stopped || this.resolutions.size === 0) return;
    const now = this.#world.now();
    let next = Number.POSITIVE_INFINITY;
    for (const resolution of this.resolutions) {
      const due = resolution.running
        ? resolution.lastQuery + this.settings.timeoutRetryMs
        : resolution.lastResolution === undefined
          ? now
          : resolution.lastResolution + this.settings.timeoutResolveMs;
      next = Math.min(next, due);
    }
    this.#cancel = this.#world.after(Math.max(0, Math.ceil(next - now)), () => {
      this.#cancel = undefined;
      this.#work();
    });
  }
}
