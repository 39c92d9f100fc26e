import { type Clock, seconds } from "./clock.js";
import { type Group, newSelection, type Selection } from "./group.js";
import type { Peer } from "./peer.js";
import type { TryReport } from "./peer-counts.js";
import type { Choose } from "./round-robin.js";
import { beginSlowly } from "./slow-start.js";

/** How it went with a peer: it served; it failed; it answered, but another is asked (403, 404). */
export type Outcome = "good" | "failed" | "next";

/** What an attempt needs of its upstream. */
export interface AttemptSource {
  readonly group: Group;
  readonly choose: Choose;
  readonly clock: Clock;
  hold<T>(work: () => T): T;
}

/**
 * One request's (or stream session's) way through the peers of an upstream: `next` gives one, and every one that was given is given back by `free`
 * before another is asked for.
 */
export class Attempt {
  /** How many peers may still be tried, the one in use among them; the caller makes it less (proxy_next_upstream_tries) and looks at it after `free`. */
  tries: number;
  readonly #source: AttemptSource;
  readonly #selection: Selection;
  #peer: Peer | undefined;

  constructor(source: AttemptSource) {
    this.#source = source;
    const { group } = source;
    this.#selection = newSelection(group);
    this.tries = group.tries + (group.backup?.tries ?? 0);
  }

  /** The one in use. */
  get peer(): Peer | undefined {
    return this.#peer;
  }

  /** Another peer; undefined: "no live upstreams". */
  next(): Peer | undefined {
    const { choose } = this.#source;
    const selection = this.#selection;
    this.#setTime();
    this.#peer = this.#source.hold(() => {
      const peer = choose(selection);
      peer?.addConns(1);
      peer?.counts.noteChosen(Date.now());
      return peer;
    });
    return this.#peer;
  }

  /** Gives the peer back. true: it has failed so often that it is off for a while ("upstream server temporarily disabled" is to be logged). */
  free(outcome: Outcome, report?: TryReport): boolean {
    const peer = this.#peer;
    if (peer === undefined) return false;
    this.#peer = undefined;
    if (this.#selection.group.single) {
      this.#source.hold(() => {
        peer.addConns(-1);
        this.#count(peer, outcome, report);
      });
      this.tries = 0;
      return false;
    }
    this.#setTime();
    const disabled = this.#source.hold(() => {
      const wasOff = peer.isOff;
      const off = outcome === "failed" ? this.#failed(peer) : this.#live(peer);
      peer.addConns(-1);
      this.#count(peer, outcome, report);
      if (peer.isOff && !wasOff) peer.counts.noteUnavailable();
      if (peer.isOff !== wasOff) peer.counts.noteAway(peer.isAway, Date.now());
      return off;
    });
    if (this.tries > 0) this.tries--;
    return disabled;
  }

  /** For people; the lock is held. */
  #count({ counts }: Peer, outcome: Outcome, report: TryReport | undefined): void {
    if (outcome === "failed") counts.noteFail();
    if (report !== undefined) counts.noteTry(report);
  }

  /** A connection to it stands: in stream that is enough for a peer that had failed to be good again. */
  connected(): void {
    const peer = this.#peer;
    if (peer === undefined || this.#selection.group.single) return;
    this.#setTime();
    this.#source.hold(() => {
      this.#live(peer);
      peer.counts.noteAway(peer.isAway, Date.now());
    });
  }

  #setTime(): void {
    const time = this.#source.clock();
    this.#selection.now = seconds(time);
    this.#selection.tenths = Math.floor(time / 100);
  }

  #failed(peer: Peer): boolean {
    const { maxFails, weight } = peer.server;
    const { now } = this.#selection;
    peer.fails++;
    peer.accessed = now;
    peer.checked = now;
    if (maxFails === 0) return false;
    peer.effectiveWeight = Math.max(0, peer.effectiveWeight - Math.floor(weight / maxFails) * peer.scale);
    return peer.fails >= maxFails;
  }

  /** Its failures are forgotten if it was tried after the last of them. */
  #live(peer: Peer): boolean {
    if (peer.accessed >= peer.checked) return false;
    const { maxFails } = peer.server;
    if (maxFails > 0 && peer.fails >= maxFails) beginSlowly(peer, this.#selection.tenths);
    peer.fails = 0;
    return false;
  }
}
