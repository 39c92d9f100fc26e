import { KeyTable } from "../../zones/key-table.js";
import { otherKey, type SharedZone, type ZoneStore } from "../../zones/zone-store.js";

/** What a request of a key is told: thousandths of requests above the rate, and milliseconds to wait. */
export interface Asked {
  readonly excess: number;
  readonly delayMs: number;
}

/**
 * A zone of limit_req: a leaky bucket for each key (ngx_http_limit_req_module), of all workers. The key that wasn't used for longest gives way when
 * it is full. Times are milliseconds of a clock that all workers share.
 */
export class RequestZone implements SharedZone {
  readonly name: string;
  readonly #rate: number;
  /** Of a node: thousandths of requests above the rate, and when that was. */
  readonly #table: KeyTable;

  /** Of the memory of a zone of a size. */
  static readonly bytes = KeyTable.bytes;

  /** @param size bytes @param rate thousandths of requests a second */
  constructor(
    name: string,
    size: number,
    rate: number,
    memory: ArrayBufferLike = new ArrayBuffer(KeyTable.bytes(size)),
  ) {
    this.name = name;
    this.#rate = rate;
    this.#table = new KeyTable(memory, size);
  }

  /**
   * A request of a key at a time.
   * @param burst requests above the rate @param delay of them so many aren't delayed
   * @returns undefined: refused. It is noted only by {@link commit}.
   */
  ask(key: string, now: number, burst: number, delay: number): Asked | undefined {
    return this.#table.hold(() => {
      const found = this.#find(key);
      return this.#judged(found === 0 ? 0 : this.#excess(found, now), burst, delay);
    });
  }

  /** Asks, and notes it unless it is refused: nobody comes between. */
  take(key: string, now: number, burst: number, delay: number): Asked | undefined {
    return this.#table.hold(() => {
      const found = this.#find(key);
      const excess = found === 0 ? 0 : this.#excess(found, now);
      const asked = this.#judged(excess, burst, delay);
      if (asked !== undefined) this.#note(found === 0 ? this.#add(key) : found, excess, now);
      return asked;
    });
  }

  /** Notes a request that was asked for. */
  commit(key: string, now: number): void {
    this.#table.hold(() => {
      const found = this.#find(key);
      if (found === 0) this.#note(this.#add(key), 0, now);
      else this.#note(found, this.#excess(found, now), now);
    });
  }

  takeOver(pid: number): boolean {
    return this.#table.takeOver(pid);
  }

  /** A worker has nothing of its own in it. */
  giveBack(): boolean {
    return true;
  }

  #judged(excess: number, burst: number, delay: number): Asked | undefined {
    if (excess > burst * 1000) return undefined;
    const over = excess - delay * 1000;
    return { excess, delayMs: over > 0 ? (over * 1000) / this.#rate : 0 };
  }

  #find(key: string): number {
    const table = this.#table;
    const found = table.find(table.key(key));
    if (found !== 0) table.touch(found);
    return found;
  }

  #add(key: string): number {
    const table = this.#table;
    const added = table.add(table.key(key));
    if (added !== 0) return added;
    table.remove(table.oldest);
    return table.add(table.key(key));
  }

  #excess(found: number, now: number): number {
    const { floats } = this.#table;
    const at = this.#floatsOf(found);
    const passed = Math.max(0, now - (floats[at + 1] as number));
    return Math.max(0, (floats[at] as number) - (this.#rate * passed) / 1000 + 1000);
  }

  #note(number: number, excess: number, now: number): void {
    const { floats } = this.#table;
    const at = this.#floatsOf(number);
    floats[at] = excess;
    floats[at + 1] = Math.max(now, floats[at + 1] as number);
  }

  #floatsOf(number: number): number {
    return (this.#table.values(number) + 1) / 2;
  }
}

/** The zone of limit_req_zone. */
export const requestZone = (
  store: ZoneStore,
  name: string,
  size: number,
  rate: number,
  key: string,
): RequestZone =>
  store.take(
    {
      id: `limit_req ${name} ${size}`,
      name,
      bytes: RequestZone.bytes(size),
      isKept: true,
      key,
      conflict: otherKey("limit_req", name, key),
    },
    (memory) => new RequestZone(name, size, rate, memory),
  );
