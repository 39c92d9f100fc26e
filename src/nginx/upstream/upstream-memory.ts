import type { UpstreamModel, UpstreamServer } from "../../config/nginx/model/index.js";
import { locked, type SharedMemory } from "../../proxy/index.js";
import { isNamed } from "./address.js";
import { STATE_WORDS } from "./peer.js";

const HEADER_WORDS = 16;
const header = { lock: 0, generation: 1, initialised: 2, checks: 3 } as const;
/** A name has so many addresses at most; more places than that, so that an address that comes needn't wait until one that went is no longer in use. */
export const MOST_ADDRESSES = 16;
const PLACES_OF_NAME = 32;
const TEXT_BYTES = 64; // one byte of length, then ASCII

/** A server's part of the memory. */
interface Part {
  readonly server: UpstreamServer;
  /** Its first place, and how many it has. */
  readonly first: number;
  readonly places: number;
  /** Of a name: the word with the number of its addresses, behind which their places stand in order. */
  readonly list: number;
}

export interface Placed {
  /** undefined: the server's own. */
  readonly address: string | undefined;
  /** Where its state begins. */
  readonly base: number;
}

/**
 * What all threads share of an upstream:
 *
 * ```
 *     lock, generation, …  (16 words)
 *     for each server that is a name: number of addresses, their places in order  (1 + 16 words)
 *     for each place: state of a peer (32 words)
 *     for each place: its address as text (64 bytes)
 * ```
 *
 * The first thread resolves names and writes what it found; others see that the generation is another one.
 */
export class UpstreamMemory {
  readonly words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #parts: readonly Part[];
  readonly #states: number;

  constructor(model: UpstreamModel, memory: SharedMemory, name: string) {
    const parts: Part[] = [];
    let place = 0;
    let list = HEADER_WORDS;
    for (const server of model.servers) {
      const places = isNamed(server) ? PLACES_OF_NAME : 1;
      parts.push({ server, first: place, places, list });
      place += places;
      if (places > 1) list += 1 + MOST_ADDRESSES;
    }
    this.#parts = parts;
    this.#states = Math.ceil(list / STATE_WORDS) * STATE_WORDS;
    const words = this.#states + place * STATE_WORDS;
    const buffer = memory.bytes(`upstream ${name}`, 4 * words + place * TEXT_BYTES);
    this.words = new Int32Array(buffer, 0, words);
    this.#bytes = new Uint8Array(buffer, 4 * words);
  }

  hold<T>(work: () => T): T {
    return locked(this.words, header.lock, work);
  }

  /** Another number after every change of addresses. */
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

  /** Where a server's addresses have their state, in order; none while its name hasn't been resolved. */
  placesOf(index: number): Placed[] {
    const part = this.#parts[index] as Part;
    if (part.places === 1) return [{ address: undefined, base: this.#base(part.first) }];
    const count = this.words[part.list] as number;
    return Array.from({ length: count }, (_, at) => {
      const place = this.words[part.list + 1 + at] as number;
      return { address: this.#text(place), base: this.#base(place) };
    });
  }

  /**
   * Gives a server other addresses; the lock is held. Those that it had keep their state; `renewed` is called with where the state of a new one
   * begins. An address for which there is no room (so many that went are still in use) is left out until it is set again.
   */
  setAddresses(index: number, addresses: readonly string[], inUse: (base: number) => boolean): number[] {
    const part = this.#parts[index] as Part;
    const before = new Map(this.placesOf(index).map(({ address, base }) => [address, this.#place(base)]));
    const taken = new Set(before.values());
    const free = Array.from({ length: part.places }, (_, at) => part.first + at).filter(
      (place) => !taken.has(place) && !inUse(this.#base(place)),
    );
    const renewed: number[] = [];
    const places: number[] = [];
    for (const address of addresses.slice(0, MOST_ADDRESSES)) {
      const place = before.get(address) ?? free.pop();
      if (place === undefined) continue;
      if (!before.has(address)) {
        this.#setText(place, address);
        renewed.push(this.#base(place));
      }
      places.push(place);
    }
    this.words[part.list] = places.length;
    this.words.set(places, part.list + 1);
    Atomics.add(this.words, header.generation, 1);
    return renewed;
  }

  #base(place: number): number {
    return this.#states + place * STATE_WORDS;
  }

  #place(base: number): number {
    return (base - this.#states) / STATE_WORDS;
  }

  #text(place: number): string {
    const at = place * TEXT_BYTES;
    return Buffer.from(this.#bytes.slice(at + 1, at + 1 + (this.#bytes[at] as number))).toString("latin1");
  }

  #setText(place: number, text: string): void {
    const bytes = Buffer.from(text, "latin1").subarray(0, TEXT_BYTES - 1);
    this.#bytes[place * TEXT_BYTES] = bytes.length;
    this.#bytes.set(bytes, place * TEXT_BYTES + 1);
  }
}
