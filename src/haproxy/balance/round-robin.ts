import { type Algorithm, MAX_EWEIGHT, SCALE } from "./algorithm.js";
import { candidates, group, hasRoom, type LbBackend, type LbServer, word } from "./lb-server.js";

/**
 * `balance roundrobin`, dynamic weighted round robin as lb_fwrr.c does it: servers stand on a time line of as many places as the sum of their
 * weights; each has its next place at its share of it. There are three sets:
 *
 * - current: servers ordered by their next place
 * - initial: servers not yet used in this round, heaviest first
 * - next: those whose next place is in the round to come; at the end of a round it becomes the initial one
 *
 * The sets are words in the servers' shared memory and the first of a set is looked for by passing over all: back ends have few servers, and no
 * thread has to repair another's tree.
 */
const server = { set: 0, key: 1, sequence: 2, next: 3, last: 4, remainder: 5 } as const;
const groups = { position: 0, weight: 1, nextWeight: 2, initial: 3, words: 4 } as const;
const none = 0;
const current = 3;

export class RoundRobin implements Algorithm {
  readonly dynamic = true;
  readonly scale = SCALE;
  readonly divisor = 1;
  readonly queueMeansFull = true;
  readonly hashes = false;
  readonly #backend: LbBackend;

  constructor(backend: LbBackend) {
    this.#backend = backend;
  }

  start(): void {
    const words = this.#backend.words;
    for (const backup of [false, true]) {
      const weight = word(words, backup ? group.backupWeight : group.activeWeight);
      const at = base(backup);
      words[at + groups.position] = weight;
      words[at + groups.weight] = weight;
      words[at + groups.nextWeight] = weight;
      words[at + groups.initial] = 1;
    }
    for (const each of this.#backend.servers) if (each.usable) this.#queueByWeight(each, this.#initial(each));
  }

  changed(changed: LbServer, before: { readonly usable: boolean; readonly eweight: number }): void {
    const words = this.#backend.words;
    const at = base(changed.backup);
    if (before.usable && !changed.usable) {
      words[at + groups.nextWeight] = word(words, at + groups.nextWeight) - before.eweight;
      changed.lb[server.set] = none;
    } else if (!before.usable && changed.usable) {
      words[at + groups.nextWeight] = word(words, at + groups.nextWeight) + changed.eweight;
      this.#takeOut(changed);
      this.#placeByWeight(changed);
      this.#queue(changed);
    } else if (changed.usable) {
      words[at + groups.nextWeight] = word(words, at + groups.nextWeight) - before.eweight + changed.eweight;
      this.#reweigh(changed);
    }
  }

  loaded(): void {}

  pick(_hash: number | undefined, avoid: LbServer | undefined): LbServer | undefined {
    const from = candidates(this.#backend);
    if (from === undefined) return undefined;
    if ("only" in from) return from.only;
    const words = this.#backend.words;
    const at = base(from.backup);
    let switched = false;
    let avoided: LbServer | undefined;
    const full: LbServer[] = [];
    let found: LbServer | undefined;
    search: for (;;) {
      // An empty group collects weights that changed meanwhile.
      if (word(words, at + groups.weight) === 0) {
        words[at + groups.weight] = word(words, at + groups.nextWeight);
        words[at + groups.position] = word(words, at + groups.nextWeight);
      }
      for (;;) {
        found = this.#first(from.backup);
        if (found !== undefined) break;
        if (switched) {
          found = avoided;
          break search;
        }
        switched = true;
        words[at + groups.initial] = 3 - word(words, at + groups.initial);
        words[at + groups.weight] = word(words, at + groups.nextWeight);
        words[at + groups.position] = word(words, at + groups.nextWeight);
      }
      this.#advance(found);
      found.lb[server.sequence] = -1; // out of its set until it is queued again
      words[at + groups.position] = word(words, at + groups.position) + 1;
      if (hasRoom(found)) {
        if (found !== avoid || avoided !== undefined) break;
        avoided = found; // remembered: taken if there is no other
      }
      full.push(found);
    }
    if (found !== undefined) this.#queue(found);
    // Full ones get their place again; in a new round only their weight counts.
    for (const each of full.reverse())
      if (each !== found) {
        if (switched) this.#queueByWeight(each, this.#initial(each));
        else this.#queue(each);
      }
    return found;
  }

  /** The first of the current set if its place has come, else the first that hasn't been used in this round. */
  #first(backup: boolean): LbServer | undefined {
    const words = this.#backend.words;
    const here = this.#firstOf(current, backup);
    if (
      here !== undefined &&
      here.eweight > 0 &&
      word(here.lb, server.next) >>> 0 <= word(words, base(backup) + groups.position) >>> 0
    )
      return here;
    const fresh = this.#firstOf(word(words, base(backup) + groups.initial), backup);
    if (fresh !== undefined && fresh.eweight > 0) {
      fresh.lb[server.next] = 0;
      fresh.lb[server.remainder] = 0;
      return fresh;
    }
    return here;
  }

  #firstOf(set: number, backup: boolean): LbServer | undefined {
    let first: LbServer | undefined;
    for (const each of this.#backend.servers) {
      if (each.backup !== backup || each.lb[server.set] !== set || each.lb[server.sequence] === -1) continue;
      if (first === undefined || before(each, first)) first = each;
    }
    return first;
  }

  #advance(each: LbServer): void {
    const at = base(each.backup);
    const weight = each.eweight;
    if (weight === 0) return;
    const words = this.#backend.words;
    const total = word(words, at + groups.nextWeight);
    let next = word(each.lb, server.next);
    if (next === 0) next = word(words, at + groups.position);
    each.lb[server.last] = next;
    next += Math.floor((total >>> 0) / weight);
    let remainder = word(each.lb, server.remainder) + ((total >>> 0) % weight);
    if (remainder >= weight) {
      remainder -= weight;
      next++;
    }
    each.lb[server.next] = next;
    each.lb[server.remainder] = remainder;
  }

  #queue(each: LbServer): void {
    const at = base(each.backup);
    const words = this.#backend.words;
    if (!each.usable) {
      each.lb[server.set] = none;
      return;
    }
    const next = word(each.lb, server.next) >>> 0;
    const weight = word(words, at + groups.weight);
    if (next >= 2 * weight || next >= weight + word(words, at + groups.nextWeight)) {
      each.lb[server.next] = next - weight;
      this.#queueByWeight(each, 3 - this.#initial(each));
      return;
    }
    const remainder = word(each.lb, server.remainder);
    this.#insert(
      each,
      current,
      256 * next + Math.floor(((MAX_EWEIGHT + remainder - each.eweight) >>> 0) / SCALE),
    );
  }

  #queueByWeight(each: LbServer, set: number): void {
    this.#insert(each, set, MAX_EWEIGHT - each.eweight);
  }

  #insert(each: LbServer, set: number, key: number): void {
    const words = this.#backend.words;
    const sequence = (word(words, group.sequence) + 1) & 0x7fffffff;
    words[group.sequence] = sequence;
    each.lb[server.set] = set;
    each.lb[server.key] = key | 0;
    each.lb[server.sequence] = sequence;
  }

  #initial(each: LbServer): number {
    return word(this.#backend.words, base(each.backup) + groups.initial);
  }

  /** Prepares its place when it leaves its set (fwrr_get_srv). */
  #takeOut(each: LbServer): void {
    const words = this.#backend.words;
    const at = base(each.backup);
    const set = word(each.lb, server.set);
    if (set === none) each.lb[server.next] = word(words, at + groups.position);
    else if (set === this.#initial(each)) {
      each.lb[server.next] = 0;
      each.lb[server.remainder] = 0;
    } else if (set !== current)
      each.lb[server.next] = word(each.lb, server.next) + word(words, at + groups.weight);
  }

  #placeByWeight(each: LbServer): void {
    const words = this.#backend.words;
    const at = base(each.backup);
    const position = word(words, at + groups.position);
    const rest = (word(words, at + groups.nextWeight) + word(words, at + groups.weight) - position) >>> 0;
    each.lb[server.next] = position + Math.floor(rest / each.eweight);
  }

  /** A server in use has another weight. */
  #reweigh(each: LbServer): void {
    const words = this.#backend.words;
    const at = base(each.backup);
    const set = word(each.lb, server.set);
    if (set === this.#initial(each)) {
      this.#queueByWeight(each, set);
      return;
    }
    if (set === none) {
      this.#takeOut(each);
      this.#placeByWeight(each);
      this.#queue(each);
      return;
    }
    this.#takeOut(each);
    const was = word(each.lb, server.next) >>> 0;
    const position = word(words, at + groups.position);
    const step = Math.floor((word(words, at + groups.nextWeight) >>> 0) / each.eweight);
    let next = (word(each.lb, server.last) + step) >>> 0;
    each.lb[server.remainder] = 0;
    if (next > was) next = was;
    if (next < position + 2) next = position + step;
    each.lb[server.next] = next;
    this.#queue(each);
  }
}

function base(backup: boolean): number {
  return group.own + (backup ? groups.words : 0);
}

function before(one: LbServer, other: LbServer): boolean {
  const key = word(one.lb, server.key) >>> 0;
  const otherKey = word(other.lb, server.key) >>> 0;
  if (key !== otherKey) return key < otherKey;
  return ((word(one.lb, server.sequence) - word(other.lb, server.sequence)) | 0) < 0;
}
