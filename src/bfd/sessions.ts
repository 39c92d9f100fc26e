import type { BfdInstance } from "../config/keepalived/model/index.js";
import { type IpAddress, parseBfd } from "../wire/index.js";
import { type BfdAction, BfdSession, type BfdSessionSnapshot } from "./session.js";

/** A datagram for port 3784 as a socket gave it. */
export interface ReceivedBfd {
  readonly source: IpAddress;
  readonly destination?: IpAddress;
  /** TTL or hop limit, if the socket told. */
  readonly ttl?: number;
  readonly payload: Uint8Array;
}

/** All sessions, at a moment. */
export interface BfdSnapshot {
  readonly now: number;
  readonly sessions: readonly BfdSessionSnapshot[];
  /** Datagrams that were no control packets, or no session's. */
  readonly discarded: number;
}

/** What a session sends with: of IPv6 keepalived's default is 64, other than RFC 5881 has it. */
export const ttlOf = (settings: BfdInstance): number =>
  settings.ttl ?? (settings.neighbour.family === 4 ? 255 : 64);

/**
 * All BFD sessions of a configuration: pure, with clock and chance as parameters. {@link BfdRole} drives it: every call
 * gives a list of actions; after it, look at {@link deadline} again.
 */
export class BfdSessions {
  readonly #random: () => number;
  #sessions = new Map<string, BfdSession>();
  #actions: BfdAction[] = [];
  #discarded = 0;

  /** @param random gives 0 … 1 */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get deadline(): number | undefined {
    let least = Number.POSITIVE_INFINITY;
    for (const session of this.#sessions.values()) least = Math.min(least, session.deadline);
    return least === Number.POSITIVE_INFINITY ? undefined : least;
  }

  get sessions(): ReadonlyMap<string, BfdSession> {
    return this.#sessions;
  }

  /** `snapshot`: of the process before this one. */
  start(instances: readonly BfdInstance[], now: number, snapshot?: BfdSnapshot): BfdAction[] {
    for (const settings of instances) {
      const before = snapshot?.sessions.find(
        ({ name, neighbour }) => name === settings.name && neighbour === settings.neighbour.toString(),
      );
      const session = this.#create(settings, before?.discriminator);
      if (before) session.resume(before, now);
      else session.start(now);
    }
    return this.#take();
  }

  /** A session with the same name, neighbour and source goes on. */
  reload(instances: readonly BfdInstance[], now: number): BfdAction[] {
    const before = this.#sessions;
    this.#sessions = new Map();
    for (const [name, session] of before) {
      const after = instances.find((settings) => settings.name === name);
      if (after && sameNeighbour(session.settings, after)) continue;
      session.stop(now);
      before.delete(name);
    }
    for (const settings of instances) {
      const session = before.get(settings.name);
      if (session) {
        this.#sessions.set(settings.name, session);
        session.reconfigure(settings, now);
      } else this.#create(settings).start(now);
    }
    return this.#take();
  }

  receive(packet: ReceivedBfd, now: number): BfdAction[] {
    const parsed = parseBfd(packet.payload);
    if (!parsed.ok) {
      this.#discard(`Discarding bogus packet from ${packet.source}: ${parsed.text}`);
      return this.#take();
    }
    const { control } = parsed;
    const session = this.#sessionOf(control.yours, packet);
    if (!session) {
      const yours = `0x${control.yours.toString(16).padStart(8, "0")}`;
      this.#discard(
        `Discarding packet from ${packet.source} (session is not found - your discriminator field is ${yours})`,
      );
      return this.#take();
    }
    const refusal = refuse(session.settings, packet);
    if (refusal === undefined) session.received(control, now);
    else {
      session.refused += 1;
      this.#log(refusal);
    }
    return this.#take();
  }

  tick(now: number): BfdAction[] {
    for (const session of this.#sessions.values()) if (session.deadline <= now) session.tick(now);
    return this.#take();
  }

  /** Every neighbour is told that this is no failure. */
  stop(now: number): BfdAction[] {
    for (const session of this.#sessions.values()) session.stop(now);
    return this.#take();
  }

  snapshot(now: number): BfdSnapshot {
    const sessions = [...this.#sessions.values()].map((session) => session.snapshot());
    return { now, sessions, discarded: this.#discarded };
  }

  /** By the discriminator that the neighbour has learned from us; before that, by addresses. */
  #sessionOf(yours: number, { source, destination }: ReceivedBfd): BfdSession | undefined {
    for (const session of this.#sessions.values()) {
      if (yours !== 0) {
        if (session.discriminator === yours) return session;
        continue;
      }
      const { neighbour, source: own } = session.settings;
      if (neighbour.equals(source) && (!own || !destination || own.equals(destination))) return session;
    }
    return undefined;
  }

  #create(settings: BfdInstance, discriminator = this.#discriminator()): BfdSession {
    const emit = (action: BfdAction) => this.#actions.push(action);
    const session = new BfdSession(settings, discriminator, emit, this.#random);
    this.#sessions.set(settings.name, session);
    return session;
  }

  #discriminator(): number {
    const used = new Set([...this.#sessions.values()].map(({ discriminator }) => discriminator));
    let one = 1 + Math.floor(this.#random() * 0xffff_fffe);
    while (used.has(one)) one = (one % 0xffff_fffe) + 1;
    return one;
  }

  #discard(text: string): void {
    this.#discarded += 1;
    this.#log(text);
  }

  #log(text: string): void {
    this.#actions.push({ kind: "log", level: "info", detail: true, text });
  }

  #take(): BfdAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }
}

/** The neighbour's packets must not come from farther than max_hops (RFC 5881 5, RFC 5082); one that knows our discriminator from elsewhere is none of his. */
function refuse(settings: BfdInstance, { source, ttl }: ReceivedBfd): string | undefined {
  if (!settings.neighbour.equals(source))
    return `Discarding packet from ${source} (${settings.name} is a session with ${settings.neighbour})`;
  const { maxHops = 0 } = settings;
  if (ttl === undefined || maxHops === 255) return undefined;
  const least = ttlOf(settings) - maxHops;
  return ttl < least ? `Packet ttl(${ttl}) < ${least} - discarding` : undefined;
}

const sameNeighbour = (before: BfdInstance, after: BfdInstance): boolean =>
  before.neighbour.equals(after.neighbour) && before.source?.toString() === after.source?.toString();
