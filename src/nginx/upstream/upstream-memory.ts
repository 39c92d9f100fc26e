import { setTimeout as sleep } from "node:timers/promises";
import { ZoneLock } from "../zones/zone-lock.js";
import type { SharedZone } from "../zones/zone-store.js";
import { CONNS_WORD, STATE_WORDS } from "./peer.js";
import type { Table } from "./table.js";
import { HEADER_WORDS, type Layout } from "./upstream-layout.js";

/** `text`: twice the length of the table's JSON, and 1 where it is the second. */
const header = {
  lock: 0,
  generation: 1,
  initialised: 2,
  checks: 3,
  text: 4,
  resolved: 5,
  slots: 6,
} as const;
/** So often who waits for names looks whether they are there. */
const LOOK_MS = 10;

/** The state of an upstream. Who changes its table writes JSON; others see that the generation is another one. */
export class UpstreamMemory implements SharedZone {
  readonly words: Int32Array;
  readonly #texts: readonly Uint8Array[];
  readonly #first: Table;
  readonly #layout: Layout;
  readonly #lock: ZoneLock;
  readonly #slot: number | undefined;

  /** @param first the configuration's table @param slot this worker's, where workers share the memory */
  constructor(layout: Layout, memory: ArrayBufferLike, first: Table, slot?: number) {
    const { words, textBytes } = layout;
    this.#layout = layout;
    this.#first = first;
    this.#slot = slot;
    this.words = new Int32Array(memory, 0, words);
    this.#texts = [0, 1].map((at) => new Uint8Array(memory, 4 * words + at * textBytes, textBytes));
    // What a worker leaves half done is a peer's state or a text that nobody reads.
    this.#lock = new ZoneLock(this.words, header.lock, () => {});
    if (slot !== undefined)
      this.hold(() => {
        this.words[header.slots] = Math.max(this.words[header.slots] as number, slot + 1);
      });
  }

  hold<T>(work: () => T): T {
    return this.#lock.hold(work);
  }

  /** Another number after every change of the table. */
  get generation(): number {
    return Atomics.load(this.words, header.generation);
  }

  /** Whether this is the first thread to come; the lock is held. */
  begin(): boolean {
    const first = this.words[header.initialised] === 0;
    this.words[header.initialised] = 1;
    return first;
  }

  /** Whether this is the first thread to tell of a health check; the lock is held. */
  beginCheck(bit: number): boolean {
    const before = this.words[header.checks] as number;
    this.words[header.checks] = before | bit;
    return (before & bit) === 0;
  }

  /** The table as it is; the lock is held. */
  get table(): Table {
    const text = this.words[header.text] as number;
    if (text === 0) return this.#first;
    const bytes = (this.#texts[text & 1] as Uint8Array).slice(0, text >>> 1);
    return JSON.parse(Buffer.from(bytes).toString()) as Table;
  }

  /** Puts another in its place; the lock is held. false: there is no room for it. */
  setTable(table: Table): boolean {
    const bytes = Buffer.from(JSON.stringify(table));
    const other = 1 - ((this.words[header.text] as number) & 1);
    const text = this.#texts[other] as Uint8Array;
    if (bytes.length > text.length) return false;
    text.set(bytes);
    this.words[header.text] = 2 * bytes.length + other;
    Atomics.add(this.words, header.generation, 1);
    return true;
  }

  /** Places that no peer of a table has; the lock is held. */
  free({ servers }: Table, inUse: (base: number) => boolean): number[] {
    const taken = new Set(servers.flatMap(({ peers }) => peers.map(({ place }) => place)));
    return Array.from({ length: this.#layout.places }, (_, place) => place).filter(
      (place) => !taken.has(place) && !inUse(this.base(place)),
    );
  }

  /** The word where the state of a place begins. */
  base(place: number): number {
    return HEADER_WORDS + place * STATE_WORDS;
  }

  /** The word with the connections that this worker has of a place; 0: all are its own. Changed under the lock. */
  ownConns(place: number): number {
    const { ledger, places } = this.#layout;
    return this.#slot === undefined ? 0 : ledger + this.#slot * places + place;
  }

  /** All names have been resolved, or couldn't be. */
  noteResolved(): void {
    Atomics.store(this.words, header.resolved, 1);
  }

  /** When they have; also when nobody asks any more. */
  async resolved(isClosed: () => boolean): Promise<void> {
    while (Atomics.load(this.words, header.resolved) === 0 && !isClosed()) await sleep(LOOK_MS);
  }

  takeOver(pid: number): boolean {
    return this.#lock.takeOver(pid);
  }

  giveBack(slot: number): boolean {
    const { words } = this;
    const { ledger, places } = this.#layout;
    return this.#lock.tryHold(() => {
      words.fill(0, ledger + slot * places, ledger + (slot + 1) * places);
      for (let place = 0; place < places; place++) {
        let conns = 0;
        for (let each = 0; each < (words[header.slots] as number); each++)
          conns += words[ledger + each * places + place] as number;
        words[this.base(place) + CONNS_WORD] = conns;
      }
    });
  }
}
