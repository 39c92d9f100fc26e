import type { UpstreamServer } from "../../config/nginx/model/index.js";
import { COUNT_WORDS, PeerCounts } from "./peer-counts.js";

/** Words (Int32) of a peer's state in the memory that all threads share. */
export const STATE_WORDS = 48;
const at = {
  currentWeight: 0,
  effectiveWeight: 1,
  fails: 2,
  accessed: 3,
  checked: 4,
  conns: 5,
  slowFrom: 6,
  unhealthy: 7,
  unchecked: 8,
  checks: 9,
  failedChecks: 10,
  timesUnhealthy: 11,
  lastCheck: 12,
} as const;

/** Where the counts for people begin. */
const COUNTS_AT = STATE_WORDS - COUNT_WORDS;

/** Which of them tells how many connections there are. */
export const CONNS_WORD = at.conns;

/** Connections of the peer whose state begins at a word. */
export const connectionsAt = (words: Int32Array, base: number): number =>
  Atomics.load(words, base + at.conns);

/** Where connections go. Exactly one of `path` and `host` + `port` is given; `host` is an address. */
export interface PeerAddress {
  /** As `$upstream_addr` and the logs have it: "10.0.0.1:80", "[fd00::1]:80", "unix:/path". */
  readonly name: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly path: string | undefined;
}

/**
 * One address of a server of an upstream, with what is known of it over all threads (ngx_http_upstream_rr_peer_t). All but `conns` is only
 * changed by who holds the upstream's lock.
 *
 * Weights are in `scale`ths: 1, or where a server starts slowly 100, so that a weight of 1 can rise in steps.
 */
export class Peer implements PeerAddress {
  /** Its number in the upstream. */
  readonly id: number;
  readonly server: UpstreamServer;
  readonly name: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly path: string | undefined;
  /** It has no address yet, or `down` is said. */
  readonly down: boolean;
  /** Only clients that come back to it are led there (`drain`). */
  readonly draining: boolean;
  readonly scale: number;
  readonly fullWeight: number;
  readonly counts: PeerCounts;
  readonly #words: Int32Array;
  /** The word of the memory where its state begins. */
  readonly base: number;
  readonly #ownConns: number;

  /** @param ownConns the word with those connections of `conns` that are this worker's own; 0: nobody asks for them */
  constructor(
    id: number,
    server: UpstreamServer,
    address: PeerAddress | undefined,
    words: Int32Array,
    base: number,
    ownConns: number,
    scale: number,
  ) {
    this.id = id;
    this.server = server;
    this.name = address?.name ?? server.name;
    this.host = address?.host;
    this.port = address?.port;
    this.path = address?.path;
    this.down = server.down || address === undefined;
    this.draining = server.drain;
    this.scale = scale;
    this.fullWeight = server.weight * scale;
    this.#words = words;
    this.counts = new PeerCounts(words, base + COUNTS_AT);
    this.base = base;
    this.#ownConns = ownConns;
  }

  /** It has a place in the memory: a name that hasn't been resolved has none. */
  get hasAddress(): boolean {
    return this.host !== undefined || this.path !== undefined;
  }

  /** For a peer that takes a place in the memory anew. */
  reset(): void {
    this.#words.fill(0, this.base, this.base + STATE_WORDS);
    this.effectiveWeight = this.fullWeight;
  }

  #get(field: number): number {
    return this.#words[this.base + field] as number;
  }

  #set(field: number, value: number): void {
    this.#words[this.base + field] = value;
  }

  get currentWeight(): number {
    return this.#get(at.currentWeight);
  }
  set currentWeight(value: number) {
    this.#set(at.currentWeight, value);
  }
  get effectiveWeight(): number {
    return this.#get(at.effectiveWeight);
  }
  set effectiveWeight(value: number) {
    this.#set(at.effectiveWeight, value);
  }
  /** Failed attempts within `fail_timeout`. */
  get fails(): number {
    return this.#get(at.fails);
  }
  set fails(value: number) {
    this.#set(at.fails, value);
  }
  /** When it failed last, and when it was last tried for it; seconds. */
  get accessed(): number {
    return this.#get(at.accessed);
  }
  set accessed(value: number) {
    this.#set(at.accessed, value);
  }
  get checked(): number {
    return this.#get(at.checked);
  }
  set checked(value: number) {
    this.#set(at.checked, value);
  }
  /** When it began to start slowly, tenths of a second; 0: it doesn't. */
  get slowFrom(): number {
    return this.#get(at.slowFrom);
  }
  set slowFrom(value: number) {
    this.#set(at.slowFrom, value);
  }

  /** Connections (in http: requests) that are on their way there. */
  get conns(): number {
    return Atomics.load(this.#words, this.base + at.conns);
  }
  addConns(amount: number): void {
    if (this.#ownConns !== 0) this.#words[this.#ownConns] = (this.#words[this.#ownConns] as number) + amount;
    Atomics.add(this.#words, this.base + at.conns, amount);
  }

  /** Bits of the health checks that it has failed, and of those that have to pass first (`mandatory`) and haven't. */
  get unhealthyBy(): number {
    return this.#get(at.unhealthy);
  }
  set unhealthyBy(value: number) {
    this.#set(at.unhealthy, value);
  }
  get uncheckedBy(): number {
    return this.#get(at.unchecked);
  }
  set uncheckedBy(value: number) {
    this.#set(at.unchecked, value);
  }
  /** No health check is against it. */
  get healthy(): boolean {
    return this.unhealthyBy === 0 && this.uncheckedBy === 0;
  }
  /** How many health checks there were, how many failed, and how often it became unhealthy. */
  get checks(): { readonly all: number; readonly failed: number; readonly timesUnhealthy: number } {
    return {
      all: this.#get(at.checks) >>> 0,
      failed: this.#get(at.failedChecks) >>> 0,
      timesUnhealthy: this.#get(at.timesUnhealthy) >>> 0,
    };
  }
  /** Whether the last one passed; undefined: there was none. */
  get lastCheckPassed(): boolean | undefined {
    const last = this.#get(at.lastCheck);
    return last === 0 ? undefined : last === 1;
  }
  noteCheck(passed: boolean): void {
    this.#set(at.checks, this.#get(at.checks) + 1);
    if (!passed) this.#set(at.failedChecks, this.#get(at.failedChecks) + 1);
    this.#set(at.lastCheck, passed ? 1 : 2);
  }
  noteUnhealthy(): void {
    this.#set(at.timesUnhealthy, this.#get(at.timesUnhealthy) + 1);
  }
  /** The same place of the memory, with the same address. */
  isSameAs(other: Peer): boolean {
    return this.id === other.id && this.base === other.base && this.name === other.name;
  }

  /** max_conns is reached. */
  get full(): boolean {
    const { maxConns } = this.server;
    return maxConns > 0 && this.conns >= maxConns;
  }

  /** Whether it failed max_fails times, and has served nobody since. */
  get isOff(): boolean {
    const { maxFails } = this.server;
    return maxFails > 0 && this.fails >= maxFails;
  }

  /** Clients aren't led there, whoever says so but `down`. */
  get isAway(): boolean {
    return this.isOff || !this.healthy;
  }

  /** Whether it failed max_fails times, and fail_timeout hasn't passed since it was last tried. */
  unavailable(now: number): boolean {
    const { maxFails, failTimeout } = this.server;
    return maxFails > 0 && this.fails >= maxFails && now - this.checked <= failTimeout;
  }

  mayServe(now: number): boolean {
    return !this.draining && this.mayServeItsOwn(now);
  }

  /** Whether it may serve those that come back to it. */
  mayServeItsOwn(now: number): boolean {
    return !this.down && this.healthy && !this.unavailable(now) && !this.full;
  }

  /** One was chosen: of a peer that had failed it is a try, and others wait for how it goes. */
  noteTry(now: number): void {
    if (now - this.checked > this.server.failTimeout) this.checked = now;
  }
}
