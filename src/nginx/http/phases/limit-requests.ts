/** What is known of a key: thousandths of requests above the rate, and when that was (milliseconds). */
interface Bucket {
  excess: number;
  at: number;
}

/** Bytes that nginx needs for a key: a zone's size says how many keys there can be. */
const bytesOfKey = 64;

/** A zone of limit_req: a leaky bucket for each key (ngx_http_limit_req_module). The key that wasn't used for longest gives way when it is full. */
export class RequestZone {
  readonly name: string;
  readonly #rate: number;
  readonly #most: number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param size bytes @param rate thousandths of requests a second */
  constructor(name: string, size: number, rate: number) {
    this.name = name;
    this.#rate = rate;
    this.#most = Math.max(8, Math.floor(size / bytesOfKey));
  }

  /**
   * A request of a key at a time (milliseconds).
   * @param burst requests above the rate @param delay of them so many aren't delayed
   * @returns milliseconds to wait; undefined: refused. What `account` says is noted only by {@link commit}.
   */
  ask(
    key: string,
    now: number,
    burst: number,
    delay: number,
  ): { readonly excess: number; readonly delayMs: number } | undefined {
    const bucket = this.#buckets.get(key);
    const excess =
      bucket === undefined
        ? 0
        : Math.max(0, bucket.excess - (this.#rate * Math.max(0, now - bucket.at)) / 1000 + 1000);
    if (excess > burst * 1000) return undefined;
    const over = excess - delay * 1000;
    return { excess, delayMs: over > 0 ? (over * 1000) / this.#rate : 0 };
  }

  commit(key: string, now: number, excess: number): void {
    this.#buckets.delete(key);
    if (this.#buckets.size >= this.#most) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    this.#buckets.set(key, { excess, at: now });
  }
}
