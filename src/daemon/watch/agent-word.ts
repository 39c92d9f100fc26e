import type { AdministrativeState, AgentReport, OperatingState } from "../../health/index.js";
import { hysteresis } from "./options.js";

/** What is kept of an agent's words while no watch runs. */
export interface KeptWord {
  readonly percent: number;
  readonly administrative: AdministrativeState;
  readonly operating: OperatingState;
  readonly zero: boolean;
}

/** What an agent has said so far: what a line doesn't say stays, as HAProxy takes it. Pure. */
export class AgentWord {
  /** The part of the configured weight that it follows, from 1 to 100: behind what the agent says, in steps. */
  #percent: number;
  #administrative: AdministrativeState;
  #operating: OperatingState;
  /** Whether it has said 0%. */
  #zero: boolean;
  #description: string | undefined;
  #maxConnections: number | undefined;
  readonly #step: number;

  constructor(step: number, kept?: KeptWord) {
    this.#step = step;
    this.#percent = kept?.percent ?? 100;
    this.#administrative = kept?.administrative ?? "ready";
    this.#operating = kept?.operating ?? "up";
    this.#zero = kept?.zero ?? false;
  }

  /** Takes an answer; whether it says something else than before about whether the server takes part. */
  take(report: AgentReport): boolean {
    const before = this.out;
    if (report.administrative) this.#administrative = report.administrative;
    if (report.operating) this.#operating = report.operating;
    if (report.maxConnections !== undefined) this.#maxConnections = report.maxConnections;
    if (report.percent !== undefined) this.#follow(report.percent);
    this.#description = report.description;
    return this.out !== before;
  }

  get percent(): number {
    return this.#percent;
  }
  get maxConnections(): number | undefined {
    return this.#maxConnections;
  }
  get description(): string | undefined {
    return this.#description;
  }

  /** The word by which the server is out, if it is. */
  get out(): string | undefined {
    if (this.#operating !== "up") return this.#operating;
    if (this.#administrative !== "ready") return this.#administrative;
    return this.#zero ? "0%" : undefined;
  }

  /** Whether it is out because it doesn't work, and not because somebody wants it so. */
  get failed(): boolean {
    return this.#operating === "down" || this.#operating === "fail";
  }

  /** What has to be kept, unless it is as in the beginning. */
  get kept(): KeptWord | undefined {
    if (this.#percent === 100 && this.out === undefined) return undefined;
    return {
      percent: this.#percent,
      administrative: this.#administrative,
      operating: this.#operating,
      zero: this.#zero,
    };
  }

  #follow(said: number): void {
    this.#zero = said === 0;
    if (this.#zero) return;
    const wanted = Math.min(100, said);
    const difference = wanted - this.#percent;
    if (Math.abs(difference) < hysteresis && wanted !== 100) return;
    this.#percent += Math.max(-this.#step, Math.min(this.#step, difference));
  }
}
