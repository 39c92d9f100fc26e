import type { ProbeResult } from "./probe.js";

/** How often in a row a probe has to fail until a server counts as failed, and to pass until it is well again. */
export interface RiseFall {
  readonly rise: number;
  readonly fall: number;
}

/** Whether a server is well, as results come in. Pure: it knows no time. */
export class Health {
  readonly #limits: RiseFall;
  #well: boolean;
  #against = 0;

  constructor(limits: RiseFall, well = true) {
    this.#limits = limits;
    this.#well = well;
  }

  get well(): boolean {
    return this.#well;
  }

  /** How many results in a row have been against the state that it is in. */
  get against(): number {
    return this.#against;
  }

  /** Takes a result; whether the state has changed by it. */
  take(outcome: ProbeResult["outcome"]): boolean {
    if (outcome === "unknown") return false;
    if ((outcome === "passed") === this.#well) {
      this.#against = 0;
      return false;
    }
    this.#against++;
    if (this.#against < (this.#well ? this.#limits.fall : this.#limits.rise)) return false;
    this.#well = !this.#well;
    this.#against = 0;
    return true;
  }
}
