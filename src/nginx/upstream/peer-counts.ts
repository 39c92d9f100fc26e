/** What is known of one try at a peer when it is over. Times in milliseconds; undefined: it didn't come to that. */
export interface TryReport {
  /** Of http: the answer's status, 0 where there was none. */
  readonly status: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Until the head of the answer, or in stream its first byte, had come. */
  readonly headerMs: number | undefined;
  readonly responseMs: number | undefined;
}

/** Words of the counts, and places of numbers of 64 bits behind them. */
export const COUNT_WORDS = 24;
const at = { requests: 0, responses: 1, fails: 6, unavailable: 7 } as const;
const wide = {
  sent: 0,
  received: 1,
  header: 2,
  response: 3,
  selected: 4,
  downtime: 5,
  downSince: 6,
} as const;
const FIRST_WIDE = 8;
/** Averages move by so much with each request. */
const SHARE = 1 / 16;

/**
 * What people are shown of a peer: counts since its upstream began, averages, how long it was away. In the memory that all workers share; changed under the
 * upstream's lock.
 *
 * ```
 *     words:    | requests | 1xx | 2xx | 3xx | 4xx | 5xx | fails | unavailable |
 *     doubles:  | sent | received | header time | response time | selected | downtime | down since | - |
 * ```
 */
export class PeerCounts {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;

  /** @param first the word where they begin; an even one */
  constructor(words: Int32Array, first: number) {
    const begin = words.byteOffset + 4 * first;
    this.#words = new Int32Array(words.buffer, begin, COUNT_WORDS);
    this.#numbers = new Float64Array(words.buffer, begin + 4 * FIRST_WIDE, (COUNT_WORDS - FIRST_WIDE) / 2);
  }

  get requests(): number {
    return this.#count(at.requests);
  }
  /** Of answers 1xx to 5xx. */
  get responses(): readonly number[] {
    return [0, 1, 2, 3, 4].map((kind) => this.#count(at.responses + kind));
  }
  get fails(): number {
    return this.#count(at.fails);
  }
  /** How often it was off after max_fails failures. */
  get unavailable(): number {
    return this.#count(at.unavailable);
  }
  get bytesSent(): number {
    return this.#numbers[wide.sent] as number;
  }
  get bytesReceived(): number {
    return this.#numbers[wide.received] as number;
  }
  /** Averages, milliseconds; 0: nothing is known. */
  get headerMs(): number {
    return this.#numbers[wide.header] as number;
  }
  get responseMs(): number {
    return this.#numbers[wide.response] as number;
  }
  /** When it was chosen last, milliseconds since 1970; 0: never. */
  get selectedAt(): number {
    return this.#numbers[wide.selected] as number;
  }
  /** Since when it is away, milliseconds since 1970; 0: it isn't. */
  get downSince(): number {
    return this.#numbers[wide.downSince] as number;
  }

  /** How long it was away, milliseconds. */
  downtimeMs(now: number): number {
    const since = this.downSince;
    return (this.#numbers[wide.downtime] as number) + (since === 0 ? 0 : Math.max(0, now - since));
  }

  /** Begins anew; that it is away stays so. */
  reset(now: number): void {
    const { downSince } = this;
    this.#words.fill(0);
    if (downSince !== 0) this.#numbers[wide.downSince] = now;
  }

  noteChosen(now: number): void {
    this.#words[at.requests] = this.requests + 1;
    this.#numbers[wide.selected] = now;
  }

  noteFail(): void {
    this.#words[at.fails] = this.fails + 1;
  }

  noteUnavailable(): void {
    this.#words[at.unavailable] = this.unavailable + 1;
  }

  /** It is away now, or there again. */
  noteAway(away: boolean, now: number): void {
    const { downSince } = this;
    if (away === (downSince !== 0)) return;
    if (away) this.#numbers[wide.downSince] = now;
    else {
      this.#numbers[wide.downtime] = this.downtimeMs(now);
      this.#numbers[wide.downSince] = 0;
    }
  }

  noteTry({ status, bytesSent, bytesReceived, headerMs, responseMs }: TryReport): void {
    const kind = Math.floor(status / 100) - 1;
    if (kind >= 0 && kind < 5) this.#words[at.responses + kind] = this.#count(at.responses + kind) + 1;
    this.#add(wide.sent, bytesSent);
    this.#add(wide.received, bytesReceived);
    this.#average(wide.header, headerMs);
    this.#average(wide.response, responseMs);
  }

  #count(word: number): number {
    return (this.#words[word] as number) >>> 0;
  }

  #add(number: number, amount: number): void {
    this.#numbers[number] = (this.#numbers[number] as number) + amount;
  }

  #average(number: number, value: number | undefined): void {
    if (value === undefined) return;
    const before = this.#numbers[number] as number;
    this.#numbers[number] = before === 0 ? value : before + (value - before) * SHARE;
  }
}
