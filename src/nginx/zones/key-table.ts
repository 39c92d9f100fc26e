import { randomInt } from "node:crypto";
import { keyWords, PackedKey } from "./packed-key.js";
import { ZoneLock } from "./zone-lock.js";

const headerWords = 16;
const header = { lock: 0, seed: 1, free: 2, fresh: 3, newest: 4, oldest: 5 } as const;
const nodeWords = 16;
const node = { next: 0, newer: 1, older: 2, form: 3, hash: 4, values: 5, key: 10 } as const;
const nodeBytes = 4 * nodeWords;

/**
 * A hash table in memory that processes share, of as many nodes as nginx's zone would have states of 64 bytes:
 *
 * ```
 *     header (16 words):  | lock | seed | free | fresh | newest | oldest | 0 ...
 *     the first node of each chain, by hash (as many words as there are nodes, rounded up to a power of two)
 *     nodes (16 words):   | next | newer | older | form | hash | values (5) | key (6) |
 * ```
 *
 * Nodes are known by their numbers, from 1; 0 is none. All but {@link hold} and {@link takeOver} is done under the lock. A node counts while it has a
 * form: chains, order and free nodes follow from that, and are made anew when a process died while it changed them.
 */
export class KeyTable {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  /** Nodes at most. */
  readonly most: number;
  readonly #mask: number;
  readonly #nodes: number;
  readonly #lock: ZoneLock;
  readonly #packed = new PackedKey();

  static bytes(size: number): number {
    const most = mostNodes(size);
    return 4 * (headerWords + chainsFor(most)) + nodeBytes * most;
  }

  /** @param size a zone's bytes, as its directive says */
  constructor(memory: ArrayBufferLike, size: number) {
    this.most = mostNodes(size);
    const chains = chainsFor(this.most);
    this.#mask = chains - 1;
    this.#nodes = headerWords + chains - nodeWords;
    const words = headerWords + chains + nodeWords * this.most;
    this.words = new Int32Array(memory, 0, words);
    this.floats = new Float64Array(memory, 0, words / 2);
    this.#lock = new ZoneLock(this.words, header.lock, () => this.#repair());
    // Who has the memory first is alone with it.
    if (this.words[header.seed] === 0) this.words[header.seed] = randomInt(1, 2 ** 31);
  }

  hold<T>(work: () => T): T {
    return this.#lock.hold(work);
  }

  /** Gives up after a while; false: it wasn't done. */
  tryHold(work: () => void): boolean {
    return this.#lock.tryHold(work);
  }

  /** Frees the lock of a process that died with it, and sets right what it may have left; false: it didn't have it. */
  takeOver(pid: number): boolean {
    return this.#lock.takeOver(pid);
  }

  /** The number of nodes that were ever in use: all that are are among 1 to this. */
  get used(): number {
    return this.words[header.fresh] as number;
  }

  /** The node that wasn't touched for longest. */
  get oldest(): number {
    return this.words[header.oldest] as number;
  }

  isLive(number: number): boolean {
    return this.words[this.#at(number) + node.form] !== 0;
  }

  /** Where a node's values begin, in words; an odd number, so that from the next word on `floats` has them by half of it. */
  values(number: number): number {
    return this.#at(number) + node.values;
  }

  /** A key, until the next one is asked for. */
  key(text: string): PackedKey {
    return this.#packed.set(text, this.words[header.seed] as number);
  }

  /** The first node of a key, or the next one `after` another of it. */
  find(key: PackedKey, after = 0): number {
    const { words } = this;
    let number = after === 0 ? words[this.#chain(key.hash)] : words[this.#at(after) + node.next];
    while (number !== 0 && !this.#has(number as number, key))
      number = words[this.#at(number as number) + node.next];
    return number as number;
  }

  /** A new node of a key, with zero values, touched; 0: there is no room. */
  add(key: PackedKey): number {
    const { words } = this;
    let number = words[header.free] as number;
    if (number !== 0) words[header.free] = words[this.#at(number) + node.next] as number;
    else if (this.used < this.most) {
      number = this.used + 1;
      words[header.fresh] = number;
    } else return 0;
    const at = this.#at(number);
    words.fill(0, at, at + nodeWords);
    words.set(key.words, at + node.key);
    words[at + node.hash] = key.hash;
    words[at + node.form] = key.form;
    this.#enchain(number);
    this.#makeNewest(number);
    return number;
  }

  remove(number: number): void {
    const { words } = this;
    const at = this.#at(number);
    words[at + node.form] = 0;
    let link = this.#chain(words[at + node.hash] as number);
    while (words[link] !== number) link = this.#at(words[link] as number) + node.next;
    words[link] = words[at + node.next] as number;
    this.#leaveOrder(at);
    words[at + node.next] = words[header.free] as number;
    words[header.free] = number;
  }

  /** It is the newest of all now. */
  touch(number: number): void {
    if (this.words[header.newest] === number) return;
    this.#leaveOrder(this.#at(number));
    this.#makeNewest(number);
  }

  #at(number: number): number {
    return this.#nodes + nodeWords * number;
  }

  #chain(hash: number): number {
    return headerWords + (hash & this.#mask);
  }

  #has(number: number, { hash, form, words: key }: PackedKey): boolean {
    const { words } = this;
    const at = this.#at(number);
    if (words[at + node.hash] !== hash || words[at + node.form] !== form) return false;
    for (let word = 0; word < keyWords; word++) if (words[at + node.key + word] !== key[word]) return false;
    return true;
  }

  #enchain(number: number): void {
    const { words } = this;
    const at = this.#at(number);
    const chain = this.#chain(words[at + node.hash] as number);
    words[at + node.next] = words[chain] as number;
    words[chain] = number;
  }

  #makeNewest(number: number): void {
    const { words } = this;
    const newest = words[header.newest] as number;
    const at = this.#at(number);
    words[at + node.newer] = 0;
    words[at + node.older] = newest;
    if (newest !== 0) words[this.#at(newest) + node.newer] = number;
    else words[header.oldest] = number;
    words[header.newest] = number;
  }

  #leaveOrder(at: number): void {
    const { words } = this;
    const newer = words[at + node.newer] as number;
    const older = words[at + node.older] as number;
    if (newer !== 0) words[this.#at(newer) + node.older] = older;
    else words[header.newest] = older;
    if (older !== 0) words[this.#at(older) + node.newer] = newer;
    else words[header.oldest] = newer;
  }

  /** Chains, free nodes and order anew; the order is that of the nodes. */
  #repair(): void {
    const { words } = this;
    words.fill(0, headerWords, headerWords + this.#mask + 1);
    for (const word of [header.free, header.newest, header.oldest]) words[word] = 0;
    for (let number = 1; number <= this.used; number++) {
      if (this.isLive(number)) {
        this.#enchain(number);
        this.#makeNewest(number);
        continue;
      }
      words[this.#at(number) + node.next] = words[header.free] as number;
      words[header.free] = number;
    }
  }
}

const mostNodes = (size: number): number => Math.max(8, Math.floor(size / nodeBytes));

const chainsFor = (nodes: number): number => 2 ** Math.ceil(Math.log2(Math.max(nodes, nodeWords)));
