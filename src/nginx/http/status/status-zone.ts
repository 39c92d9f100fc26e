import { mostSlots, type SharedZone, type ZoneStore } from "../../zones/zone-store.js";
import type { HttpRequest } from "../request.js";

const columns = 10;
const at = { requests: 0, responses: 1, discarded: 6, received: 7, sent: 8, processing: 9 } as const;

/** What a zone of `status_zone` has counted, of all workers. */
export interface StatusCounts {
  readonly processing: number;
  readonly requests: number;
  /** Of answers 1xx to 5xx. */
  readonly responses: readonly number[];
  /** Requests that ended without an answer. */
  readonly discarded: number;
  readonly received: number;
  readonly sent: number;
}

/**
 * A zone of `status_zone`: a row of 64-bit numbers for each worker, which nobody else writes while it lives; those of workers that have ended are in the
 * row of slot 0.
 */
export class StatusZone implements SharedZone {
  readonly name: string;
  readonly #rows: Float64Array;
  readonly #own: number;

  static readonly bytes = 8 * columns * mostSlots;

  constructor(name: string, memory: ArrayBufferLike, slot: number) {
    this.name = name;
    this.#rows = new Float64Array(memory, 0, columns * mostSlots);
    this.#own = columns * slot;
  }

  get counts(): StatusCounts {
    return {
      processing: this.#sum(at.processing),
      requests: this.#sum(at.requests),
      responses: [0, 1, 2, 3, 4].map((kind) => this.#sum(at.responses + kind)),
      discarded: this.#sum(at.discarded),
      received: this.#sum(at.received),
      sent: this.#sum(at.sent),
    };
  }

  /** A request that is being worked on from now until it is over. */
  begin(request: HttpRequest): void {
    this.#add(at.processing, 1);
    request.onEnd.push(() => {
      this.#add(at.processing, -1);
      this.note(request);
    });
  }

  /** A request is over. */
  note({ answer, exchange }: HttpRequest): void {
    this.#add(at.requests, 1);
    const kind = Math.floor(answer.status / 100) - 1;
    if (!answer.sent) this.#add(at.discarded, 1);
    else if (kind >= 0 && kind < 5) this.#add(at.responses + kind, 1);
    this.#add(at.received, exchange.headBytes + exchange.body.received);
    this.#add(at.sent, exchange.sentBytes);
  }

  /** There is no lock. */
  takeOver(): boolean {
    return false;
  }

  giveBack(slot: number): boolean {
    const row = columns * slot;
    for (let column = 0; column < at.processing; column++)
      this.#rows[column] = (this.#rows[column] as number) + (this.#rows[row + column] as number);
    this.#rows.fill(0, row, row + columns);
    return true;
  }

  #add(column: number, amount: number): void {
    this.#rows[this.#own + column] = (this.#rows[this.#own + column] as number) + amount;
  }

  #sum(column: number): number {
    let all = 0;
    for (let row = 0; row < mostSlots; row++) all += this.#rows[row * columns + column] as number;
    return all;
  }
}

/** Zones by their names: several blocks may have one. A reload keeps them. */
export class StatusZones {
  readonly #kind: string;
  readonly #store: ZoneStore;
  readonly #zones = new Map<string, StatusZone>();

  constructor(kind: "server" | "location", store: ZoneStore) {
    this.#kind = kind;
    this.#store = store;
  }

  take(name: string): StatusZone {
    const known = this.#zones.get(name);
    if (known !== undefined) return known;
    const spec = { id: `status ${this.#kind} ${name}`, name, bytes: StatusZone.bytes, isKept: true };
    const zone = this.#store.take(spec, (memory) => new StatusZone(name, memory, this.#store.slot));
    this.#zones.set(name, zone);
    return zone;
  }

  get all(): readonly StatusZone[] {
    return [...this.#zones.values()];
  }
}
