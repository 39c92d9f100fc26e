import type { Peer } from "../peer.js";
import { beginSlowly } from "../slow-start.js";
import type { Upstream } from "../upstream.js";
import { afterCheck, type CheckRules, type CheckState, checkState } from "./machine.js";

/** How a check of a server went. */
export interface CheckResult {
  readonly passed: boolean;
  /** What was done last, as nginx's log has it: "connecting to upstream", "checking status code". */
  readonly doing: string;
  /** Why nothing could be learnt, for the log at [error]: "connect() failed (111: Connection refused)". */
  readonly error?: string;
}

/** Checks a server once; calls back once, unless it is given up by the function that it returns. */
export type Probe = (peer: Peer, done: (result: CheckResult) => void) => () => void;

/** `health_check …` of a location or a server of stream. */
export interface CheckSettings extends CheckRules {
  readonly intervalMs: number;
  /** A check waits up to so long beyond the interval, at random. */
  readonly jitterMs: number;
  readonly mandatory: boolean;
  readonly persistent: boolean;
  /** The match's name, or "". */
  readonly match: string;
  /** Where it isn't the server's own. */
  readonly port: number | undefined;
}

export type CheckLog = (level: "error" | "warn" | "notice", sentence: string) => void;

/** A server that is being checked. */
interface Target {
  peer: Peer;
  state: CheckState;
  timer: NodeJS.Timeout | undefined;
  giveUp: (() => void) | undefined;
}

/** How often it is looked whether another thread has changed which servers there are. */
const LOOK_MS = 1000;

/**
 * Asks the servers of an upstream again and again how they are (ngx_http_upstream_hc_module), and writes down for all threads what it
 * thinks of them. One thread does, from `start` to `stop`; servers that are down are not asked.
 */
export class HealthChecks {
  readonly upstream: Upstream;
  readonly settings: CheckSettings;
  readonly #probe: Probe;
  readonly #log: CheckLog;
  readonly #random: () => number;
  readonly #bit: number;
  #targets: Target[] = [];
  #generation: number | undefined;
  #looking: NodeJS.Timeout | undefined;
  #running = false;

  constructor(
    upstream: Upstream,
    settings: CheckSettings,
    probe: Probe,
    log: CheckLog,
    random: () => number = Math.random,
  ) {
    this.upstream = upstream;
    this.settings = settings;
    this.#probe = probe;
    this.#log = log;
    this.#random = random;
    this.#bit = upstream.addCheck(settings);
  }

  /** Begins, in the thread whose task it is. */
  start(): void {
    if (!this.upstream.isFirst || this.#running) return;
    this.#running = true;
    this.upstream.onChange(() => this.#look());
    this.#look();
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
    this.#looking.unref();
  }

  stop(): void {
    this.#running = false;
    clearInterval(this.#looking);
    for (const target of this.#targets) leave(target);
    this.#targets = [];
  }

  /** Begins with servers that are new, and leaves those that aren't there any more. */
  #look(): void {
    if (!this.#running || this.#generation === this.upstream.generation) return;
    this.#generation = this.upstream.generation;
    const peers = this.upstream.peers.filter((peer) => peer.hasAddress && !peer.down);
    const before = new Set(this.#targets);
    this.#targets = peers.map((peer) => {
      const known = [...before].find((each) => each.peer.isSameAs(peer));
      if (known === undefined)
        return { peer, state: this.#stateOf(peer), timer: undefined, giveUp: undefined };
      before.delete(known);
      known.peer = peer;
      return known;
    });
    for (const gone of before) leave(gone);
    for (const target of this.#targets) if (target.timer === undefined) this.#checkAfter(target, 0);
  }

  /** As it was left in the memory by who checked it before. */
  #stateOf({ unhealthyBy, uncheckedBy }: Peer): CheckState {
    if (uncheckedBy & this.#bit) return checkState("checking");
    return checkState(unhealthyBy & this.#bit ? "unhealthy" : "healthy");
  }

  #checkAfter(target: Target, ms: number): void {
    target.timer = setTimeout(
      () => {
        target.giveUp = this.#probe(target.peer, (result) => this.#checked(target, result));
      },
      ms + this.#random() * this.settings.jitterMs,
    );
    target.timer.unref();
  }

  #checked(target: Target, result: CheckResult): void {
    target.giveUp = undefined;
    if (!this.#targets.includes(target)) return;
    const { passed, error } = result;
    if (error !== undefined) this.#tell("error", `${error} while`, target, result);
    const before = target.state.health;
    target.state = afterCheck(target.state, passed, this.settings);
    const now = target.state.health;
    this.upstream.hold(() => {
      target.peer.noteCheck(passed);
      if (now !== before) this.#write(target.peer, now === "healthy");
    });
    if (now !== before) this.upstream.keepHealth(target.peer);
    if (now === "unhealthy" && before !== now) this.#tell("warn", "peer is unhealthy while", target, result);
    if (now === "healthy" && before !== now) this.#tell("notice", "peer is healthy while", target, result);
    this.#checkAfter(target, this.settings.intervalMs);
  }

  /** What clients' requests go by; the upstream's lock is held. */
  #write(peer: Peer, healthy: boolean): void {
    const was = peer.healthy;
    peer.uncheckedBy &= ~this.#bit;
    if (healthy) peer.unhealthyBy &= ~this.#bit;
    else peer.unhealthyBy |= this.#bit;
    if (was && !healthy) peer.noteUnhealthy();
    peer.counts.noteAway(peer.isAway, Date.now());
    if (was || !peer.healthy) return;
    peer.fails = 0;
    peer.counts.noteAway(false, Date.now());
    beginSlowly(peer, this.upstream.tenths);
  }

  #tell(level: "error" | "warn" | "notice", begin: string, { peer }: Target, { doing }: CheckResult): void {
    const { match, port } = this.settings;
    const where = port === undefined ? "" : `, port ${port}`;
    this.#log(
      level,
      `${begin} ${doing}, health check "${match}" of peer ${peer.name} in upstream "${this.upstream.name}"${where}`,
    );
  }
}

function leave(target: Target): void {
  clearTimeout(target.timer);
  target.giveUp?.();
  target.giveUp = undefined;
}
