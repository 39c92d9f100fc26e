// What the agent says of its host's load: for every source a part of 100, of which the smallest counts.
//
//   load          100 × (1 − load average ÷ (CPUs × full))       full: 2, a load of two for each CPU
//   memory        100 × (available − 5 %) ÷ (25 % − 5 %)         of all memory; 100 from a quarter of it on
//   connections   100 × (1 − established ÷ most)
//   file, command the percentage that they give
//
// The smallest is smoothed: after each look, s += (value − s) × (1 − e^(−passed ÷ smooth)). What is answered is s, rounded,
// and at least `least`, so that load alone never takes a server out of service.

/** What can be measured; what is missing is not asked for, or can't be told. */
export interface Measures {
  /** The load average of the last minute. */
  readonly load?: number;
  readonly cpus: number;
  /** Memory that programs can have without swapping, and all of it, in bytes. */
  readonly memory?: { readonly available: number; readonly total: number };
  /** Connections that are established. */
  readonly connections?: number;
  /** Percentages given by a file or a command. */
  readonly given: readonly number[];
}

export interface FormulaOptions {
  /** The load average for each CPU at which nothing is left. */
  readonly full: number;
  /** The number of connections at which nothing is left. */
  readonly mostConnections?: number;
  /** The smallest percentage that is answered. */
  readonly least: number;
  /** How quickly the answer follows, in milliseconds; 0: at once. */
  readonly smooth: number;
}

/** Parts of all memory that are to be available: at the first nothing is left, from the second on there is enough. */
const memoryNone = 0.05;
const memoryEnough = 0.25;

/** What each source leaves, in percent; by its name. */
export function shares(measures: Measures, options: FormulaOptions): Record<string, number> {
  const { load, cpus, memory, connections, given } = measures;
  const { full, mostConnections } = options;
  const found: Record<string, number> = {};
  if (load !== undefined) found["load"] = 100 * (1 - load / (Math.max(1, cpus) * full));
  if (memory && memory.total > 0)
    found["memory"] = (100 * (memory.available / memory.total - memoryNone)) / (memoryEnough - memoryNone);
  if (connections !== undefined && mostConnections !== undefined)
    found["connections"] = 100 * (1 - connections / mostConnections);
  if (given.length > 0) found["given"] = Math.min(...given);
  for (const [name, share] of Object.entries(found)) found[name] = Math.min(100, Math.max(0, share));
  return found;
}

/** The percentage that is answered, as it follows the shares. Pure: time is a parameter. */
export class Smoothed {
  readonly #options: FormulaOptions;
  #value: number | undefined;
  #at = 0;

  constructor(options: FormulaOptions) {
    this.#options = options;
  }

  /** Takes what was measured at a time, in milliseconds. Without any share nothing changes. */
  take(found: Readonly<Record<string, number>>, now: number): void {
    const values = Object.values(found);
    if (values.length === 0) return;
    const share = Math.min(...values);
    const { smooth } = this.#options;
    const weight = this.#value === undefined || smooth === 0 ? 1 : 1 - Math.exp(-(now - this.#at) / smooth);
    this.#value = (this.#value ?? share) + (share - (this.#value ?? share)) * weight;
    this.#at = now;
  }

  /** A whole number, or undefined as long as nothing was measured. */
  get percent(): number | undefined {
    return this.#value === undefined ? undefined : Math.max(this.#options.least, Math.round(this.#value));
  }
}
