import type { UpstreamModel } from "../../config/nginx/model/index.js";
import { locked, type SharedMemory } from "../../proxy/index.js";
import { isNamed } from "./address.js";
import { STATE_WORDS } from "./peer.js";
import { firstTable, type Table } from "./table.js";

const HEADER_WORDS = 16;
const header = { lock: 0, generation: 1, initialised: 2, checks: 3, tableBytes: 4 } as const;
/** A name has so many places: more than addresses, so that one that comes needn't wait until one that went is no longer in use. */
const PLACES_OF_NAME = 32;
/** Of an upstream with a zone, for servers that come while it runs: one for so many bytes of it. */
const ZONE_BYTES = 512;
const [LEAST_SPARE, MOST_SPARE] = [64, 1024];
const TABLE_BYTES_OF_PLACE = 512;

/**
 * What all threads share of an upstream:
 *
 * ```
 *     lock, generation, …  (16 words)
 *     for each place: state of a peer (STATE_WORDS)
 *     its servers and their addresses, as JSON
 * ```
 *
 * Without JSON they are those of the configuration, in its order. Who changes them writes JSON; others see that the generation is another one.
 */
export class UpstreamMemory {
  readonly words: Int32Array;
  readonly places: number;
  readonly #text: Uint8Array;
  readonly #first: Table;

  constructor(model: UpstreamModel, memory: SharedMemory, name: string) {
    const names = model.servers.filter(isNamed).length;
    const { zone } = model;
    const spare =
      zone === undefined
        ? 0
        : Math.min(MOST_SPARE, Math.max(LEAST_SPARE, Math.floor(zone.size / ZONE_BYTES)));
    this.places = model.servers.length - names + PLACES_OF_NAME * names + spare;
    this.#first = firstTable(model);
    const words = HEADER_WORDS + this.places * STATE_WORDS;
    const changes = names > 0 || zone !== undefined;
    const bytes = changes ? this.places * TABLE_BYTES_OF_PLACE : 0;
    const buffer = memory.bytes(`upstream ${name}`, 4 * words + bytes);
    this.words = new Int32Array(buffer, 0, words);
    this.#text = new Uint8Array(buffer, 4 * words, bytes);
  }

  hold<T>(work: () => T): T {
    return locked(this.words, header.lock, work);
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
    const length = this.words[header.tableBytes] as number;
    if (length === 0) return this.#first;
    return JSON.parse(Buffer.from(this.#text.slice(0, length)).toString()) as Table;
  }

  /** Puts another in its place; the lock is held. false: there is no room for it. */
  setTable(table: Table): boolean {
    const bytes = Buffer.from(JSON.stringify(table));
    if (bytes.length > this.#text.length) return false;
    this.#text.set(bytes);
    this.words[header.tableBytes] = bytes.length;
    Atomics.add(this.words, header.generation, 1);
    return true;
  }

  /** Places that no peer of a table has; the lock is held. */
  free({ servers }: Table, inUse: (base: number) => boolean): number[] {
    const taken = new Set(servers.flatMap(({ peers }) => peers.map(({ place }) => place)));
    return Array.from({ length: this.places }, (_, place) => place).filter(
      (place) => !taken.has(place) && !inUse(this.base(place)),
    );
  }

  /** The word where the state of a place begins. */
  base(place: number): number {
    return HEADER_WORDS + place * STATE_WORDS;
  }
}
