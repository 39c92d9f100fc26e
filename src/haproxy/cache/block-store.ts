import type { SharedMemory } from "../../proxy/index.js";
import { SpinLock } from "../tables/spin-lock.js";
import {
  blockBytes,
  field,
  header,
  type ObjectField,
  type ObjectNumber,
  type ObjectTime,
} from "./block-layout.js";

/**
 * The memory of a cache, seen by all threads: blocks of 1 KiB, chained to objects. When there is no room the objects that were used longest
 * ago go, but never those that somebody reads or writes (shctx.c). The kernel gives the memory as it is written.
 */
export class BlockStore {
  readonly blocks: number;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #lock: SpinLock;
  readonly #mask: number;
  readonly #next: number; // word of block 1's successor, less one
  readonly #objects: number; // word of object 1, less one object
  readonly #data: number; // byte of block 1, less one block
  readonly #maxObjectBytes: number;

  constructor(memory: SharedMemory, name: string, totalBytes: number, maxObjectBytes: number) {
    this.blocks = Math.max(1, Math.floor(totalBytes / blockBytes));
    this.#maxObjectBytes = maxObjectBytes;
    const buckets = 2 ** Math.ceil(Math.log2(this.blocks + 1));
    this.#mask = buckets - 1;
    this.#next = header.words + buckets - 1;
    const objects = header.words + buckets + this.blocks + (this.blocks % 2);
    this.#objects = objects - field.words;
    const words = objects + this.blocks * field.words;
    this.#data = 4 * words - blockBytes;
    const shared = memory.bytes(`cache ${name}`, 4 * words + this.blocks * blockBytes);
    this.#words = new Int32Array(shared, 0, words);
    this.#doubles = new Float64Array(shared, 0, Math.floor(words / 2));
    this.#bytes = new Uint8Array(shared);
    this.#lock = new SpinLock(this.#words, header.lock);
  }

  /** Blocks that no object in use has: a new object may have them. */
  get available(): number {
    return this.blocks - (this.#words[header.hot] as number);
  }

  locked<T>(work: () => T): T {
    this.#lock.take();
    try {
      return work();
    } finally {
      this.#lock.free();
    }
  }

  get(object: ObjectNumber, name: ObjectField): number {
    return this.#words[this.#at(object) + field[name]] as number;
  }

  set(object: ObjectNumber, name: ObjectField, value: number): void {
    this.#words[this.#at(object) + field[name]] = value;
  }

  time(object: ObjectNumber, name: ObjectTime): number {
    return this.#doubles[(this.#at(object) + field[name]) >> 1] as number;
  }

  setTime(object: ObjectNumber, name: ObjectTime, seconds: number): void {
    this.#doubles[(this.#at(object) + field[name]) >> 1] = seconds;
  }

  secondaryKey(object: ObjectNumber): readonly [number, number] {
    const at = this.#at(object) + field.secondary;
    return [(this.#words[at] as number) >>> 0, (this.#words[at + 1] as number) >>> 0];
  }

  setSecondaryKey(object: ObjectNumber, key: readonly [number, number]): void {
    this.#words.set(key, this.#at(object) + field.secondary);
  }

  hash(object: ObjectNumber): number {
    return (this.#words[this.#at(object) + field.hash] as number) >>> 0;
  }

  isIndexed(object: ObjectNumber): boolean {
    return this.#words[this.#at(object) + field.indexed] === 1;
  }

  /** Under the lock, as all that follow: objects of a hash (five words), in the order in which they came. */
  find(hash: Int32Array): ObjectNumber[] {
    const found: ObjectNumber[] = [];
    let object = this.#words[this.#bucket(hash[0] as number)] as number;
    while (object !== 0) {
      const at = this.#at(object);
      if (hash.every((word, index) => this.#words[at + field.hash + index] === word)) found.unshift(object);
      object = this.#words[at + field.next] as number;
    }
    return found;
  }

  /** A new object, in the index and in use by who asked; 0: there is no room. */
  create(hash: Int32Array): ObjectNumber {
    const object = this.#takeObject();
    if (object === 0) return 0;
    const at = this.#at(object);
    this.#words.fill(0, at, at + field.words);
    this.#words[at + field.used] = 1;
    this.#words[at + field.users] = 1;
    this.#words[at + field.indexed] = 1;
    this.#words.set(hash, at + field.hash);
    const bucket = this.#bucket(hash[0] as number);
    this.#words[at + field.next] = this.#words[bucket] as number;
    this.#words[bucket] = object;
    return object;
  }

  /** Makes room for more bytes at an object's end: false where there is none, or it would be too large. */
  reserve(object: ObjectNumber, bytes: number): boolean {
    const needed = this.get(object, "bytes") + bytes;
    if (needed > this.#maxObjectBytes) return false;
    let missing = Math.ceil(needed / blockBytes) - this.get(object, "blocks");
    if (missing > 0 && !this.#makeRoom(missing)) return false;
    for (; missing > 0; missing--) this.#appendBlock(object);
    return true;
  }

  /** Takes an object out of the index: nobody finds it any more. Its memory is free when nobody uses it. */
  unindex(object: ObjectNumber): void {
    const at = this.#at(object);
    if (this.#words[at + field.indexed] === 0) return;
    this.#words[at + field.indexed] = 0;
    let link = this.#bucket(this.#words[at + field.hash] as number);
    while (this.#words[link] !== object) link = this.#at(this.#words[link] as number) + field.next;
    this.#words[link] = this.#words[at + field.next] as number;
    if (this.get(object, "users") === 0) this.#free(object);
  }

  acquire(object: ObjectNumber): void {
    const users = this.get(object, "users");
    if (users === 0) {
      this.#unlink(object);
      this.#words[header.hot] = (this.#words[header.hot] as number) + this.get(object, "blocks");
    }
    this.set(object, "users", users + 1);
  }

  release(object: ObjectNumber): void {
    const users = this.get(object, "users") - 1;
    this.set(object, "users", users);
    if (users > 0) return;
    this.#words[header.hot] = (this.#words[header.hot] as number) - this.get(object, "blocks");
    this.#link(object);
    if (!this.isIndexed(object)) this.#free(object);
  }

  *indexed(): Iterable<ObjectNumber> {
    const top = this.#words[header.topObject] as number;
    for (let object = 1; object <= top; object++) if (this.isIndexed(object)) yield object;
  }

  /** Without the lock, by who uses the object: writes what was reserved. */
  append(object: ObjectNumber, bytes: Uint8Array): void {
    let at = this.get(object, "bytes");
    let block = this.#blockOf(object, at);
    let done = 0;
    while (done < bytes.length) {
      const within = at % blockBytes;
      const take = Math.min(blockBytes - within, bytes.length - done);
      this.#bytes.set(bytes.subarray(done, done + take), this.#data + block * blockBytes + within);
      done += take;
      at += take;
      if (at % blockBytes === 0) block = this.#words[this.#next + block] as number;
    }
    this.set(object, "bytes", at);
  }

  /** Pieces of an object's bytes from a place on, each a copy of at most 16 KiB. */
  *read(object: ObjectNumber, from: number, end = this.get(object, "bytes")): Iterable<Buffer> {
    let block = this.#words[this.#at(object) + field.first] as number;
    for (let skip = Math.floor(from / blockBytes); skip > 0; skip--)
      block = this.#words[this.#next + block] as number;
    let at = from;
    while (at < end) {
      const piece = Buffer.allocUnsafe(Math.min(16384, end - at));
      let filled = 0;
      while (filled < piece.length) {
        const within = at % blockBytes;
        const take = Math.min(blockBytes - within, piece.length - filled);
        const start = this.#data + block * blockBytes + within;
        piece.set(this.#bytes.subarray(start, start + take), filled);
        filled += take;
        at += take;
        if (at % blockBytes === 0) block = this.#words[this.#next + block] as number;
      }
      yield piece;
    }
  }

  #at(object: ObjectNumber): number {
    return this.#objects + object * field.words;
  }

  #bucket(word: number): number {
    return header.words + (word & this.#mask);
  }

  /** The block where byte `at` of an object is, or will be: its last, or the first of those that were reserved beyond. */
  #blockOf(object: ObjectNumber, at: number): number {
    let block = this.#words[this.#at(object) + field.first] as number;
    for (let skip = Math.floor(at / blockBytes); skip > 0; skip--)
      block = this.#words[this.#next + block] as number;
    return block;
  }

  #takeObject(): ObjectNumber {
    const free = this.#words[header.freeObject] as number;
    if (free !== 0) {
      this.#words[header.freeObject] = this.#words[this.#at(free) + field.next] as number;
      return free;
    }
    const top = (this.#words[header.topObject] as number) + 1;
    if (top > this.blocks) return 0;
    this.#words[header.topObject] = top;
    return top;
  }

  #makeRoom(blocks: number): boolean {
    if (blocks > this.available) return false;
    while (this.#freeBlocks() < blocks) this.unindex(this.#words[header.oldest] as number);
    return true;
  }

  #freeBlocks(): number {
    return (this.#words[header.free] as number) + this.blocks - (this.#words[header.topBlock] as number);
  }

  #appendBlock(object: ObjectNumber): void {
    const words = this.#words;
    let block = words[header.freeBlock] as number;
    if (block !== 0) {
      words[header.freeBlock] = words[this.#next + block] as number;
      words[header.free] = (words[header.free] as number) - 1;
    } else {
      block = (words[header.topBlock] as number) + 1;
      words[header.topBlock] = block;
    }
    words[this.#next + block] = 0;
    const at = this.#at(object);
    const last = words[at + field.last] as number;
    if (last === 0) words[at + field.first] = block;
    else words[this.#next + last] = block;
    words[at + field.last] = block;
    words[at + field.blocks] = (words[at + field.blocks] as number) + 1;
    words[header.hot] = (words[header.hot] as number) + 1;
  }

  /** Gives an object's blocks and its number back. It isn't in the index, and nobody uses it. */
  #free(object: ObjectNumber): void {
    const words = this.#words;
    const at = this.#at(object);
    this.#unlink(object);
    const first = words[at + field.first] as number;
    if (first !== 0) {
      words[this.#next + (words[at + field.last] as number)] = words[header.freeBlock] as number;
      words[header.freeBlock] = first;
      words[header.free] = (words[header.free] as number) + (words[at + field.blocks] as number);
    }
    words[at + field.used] = 0;
    words[at + field.next] = words[header.freeObject] as number;
    words[header.freeObject] = object;
  }

  /** Puts an object at the end of those that nobody uses: it was used last. */
  #link(object: ObjectNumber): void {
    const words = this.#words;
    const at = this.#at(object);
    const newest = words[header.newest] as number;
    words[at + field.older] = newest;
    words[at + field.newer] = 0;
    if (newest === 0) words[header.oldest] = object;
    else words[this.#at(newest) + field.newer] = object;
    words[header.newest] = object;
  }

  #unlink(object: ObjectNumber): void {
    const words = this.#words;
    const at = this.#at(object);
    const older = words[at + field.older] as number;
    const newer = words[at + field.newer] as number;
    if (older === 0) words[header.oldest] = newer;
    else words[this.#at(older) + field.newer] = newer;
    if (newer === 0) words[header.newest] = older;
    else words[this.#at(newer) + field.older] = older;
  }
}
