import { createHash } from "node:crypto";
import { ZoneLock } from "../../zones/zone-lock.js";
import type { SharedZone } from "../../zones/zone-store.js";
import type { Clock } from "../clock.js";
import { MOST_ROUTE } from "./server-id.js";

/** nginx has about 8000 sessions in a megabyte. */
const BYTES_OF_SESSION = 128;
const IN_BUCKET = 8;
const HEADER_WORDS = 16;
const SLOT_WORDS = 16;
const at = { key: 0, last: 4, length: 6, id: 7 } as const;

/** The bytes that a zone of a size needs. */
export const sessionBytes = (zoneSize: number): number => 4 * (HEADER_WORDS + SLOT_WORDS * slotsOf(zoneSize));

const slotsOf = (zoneSize: number): number =>
  Math.max(1, Math.floor(zoneSize / BYTES_OF_SESSION / IN_BUCKET)) * IN_BUCKET;

/**
 * Which server a session belongs to (`sticky learn`), for all workers:
 *
 * ```
 *     lock, …  (16 words)
 *     slots of 16 words, eight to a bucket: MD5 of the session (4), when it was used last (a double), length of the server's id, that id (32 bytes)
 * ```
 *
 * A session is in the bucket that its MD5 says; where that is full it takes the place of the one that was used longest ago.
 */
export class StickySessions implements SharedZone {
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #lock: ZoneLock;
  readonly #buckets: number;
  readonly #timeoutMs: number;
  readonly #clock: Clock;

  constructor(memory: ArrayBufferLike, zoneSize: number, timeoutMs: number, clock: Clock) {
    this.#words = new Int32Array(memory);
    // A session that is half written belongs to another server, or to none.
    this.#lock = new ZoneLock(this.#words, 0, () => {});
    this.#times = new Float64Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.#buckets = slotsOf(zoneSize) / IN_BUCKET;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /** The server of a session; undefined: it isn't known, or wasn't used for too long. */
  find(session: string): string | undefined {
    const key = keyOf(session);
    return this.#lock.hold(() => {
      const slot = this.#slotOf(key);
      return slot === undefined ? undefined : this.#idAt(slot);
    });
  }

  /** A session was served by a server; with `create` it is remembered also where it wasn't known. */
  learn(session: string, id: string, create: boolean): void {
    const key = keyOf(session);
    this.#lock.hold(() => {
      const slot = this.#slotOf(key) ?? (create ? this.#oldest(key) : undefined);
      if (slot === undefined) return;
      this.#words.set(key, slot + at.key);
      this.#times[(slot + at.last) / 2] = this.#clock();
      const bytes = Buffer.from(id, "latin1").subarray(0, MOST_ROUTE);
      this.#words[slot + at.length] = bytes.length;
      this.#bytes.set(bytes, 4 * (slot + at.id));
    });
  }

  takeOver(pid: number): boolean {
    return this.#lock.takeOver(pid);
  }

  /** Sessions are nobody's own. */
  giveBack(): boolean {
    return true;
  }

  /** Words where the slots of a key's bucket begin. */
  #bucket(key: Int32Array): number[] {
    const first = ((key[0] as number) >>> 0) % this.#buckets;
    return Array.from(
      { length: IN_BUCKET },
      (_, each) => HEADER_WORDS + (first * IN_BUCKET + each) * SLOT_WORDS,
    );
  }

  #slotOf(key: Int32Array): number | undefined {
    const now = this.#clock();
    return this.#bucket(key).find(
      (slot) =>
        this.#words[slot + at.length] !== 0 &&
        now - this.#lastAt(slot) <= this.#timeoutMs &&
        key.every((word, place) => this.#words[slot + at.key + place] === word),
    );
  }

  #oldest(key: Int32Array): number {
    return this.#bucket(key).reduce((oldest, slot) =>
      this.#lastAt(slot) < this.#lastAt(oldest) ? slot : oldest,
    );
  }

  #lastAt(slot: number): number {
    return this.#times[(slot + at.last) / 2] as number;
  }

  #idAt(slot: number): string {
    const begin = 4 * (slot + at.id);
    return Buffer.from(this.#bytes.slice(begin, begin + (this.#words[slot + at.length] as number))).toString(
      "latin1",
    );
  }
}

function keyOf(session: string): Int32Array {
  const digest = createHash("md5").update(session, "latin1").digest();
  return Int32Array.from([0, 4, 8, 12], (place) => digest.readInt32LE(place));
}
