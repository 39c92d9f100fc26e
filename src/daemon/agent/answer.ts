import type { AdministrativeState, AgentReport, OperatingState } from "../../health/index.js";
import type { Found } from "./sources.js";

/**
 * How long the agent goes on saying "ready", in milliseconds: everybody who asks has to hear it, but it also takes back what
 * an administrator has done at HAProxy itself, so it isn't said for ever.
 */
const readyFor = 300_000;

/**
 * What the agent answers: what it was told, by a person or by a file or command, beside the percentage. A state that holds
 * is said in every answer, as nobody else can end it.
 */
export class Answer {
  #administrative: AdministrativeState = "ready";
  #administrativeAt: number;
  #operating: OperatingState = "up";
  #reason: string | undefined;
  #found: AgentReport = {};

  /** `now`: milliseconds that only go forward. What an agent before this one has said ends: so it begins with "ready". */
  constructor(now: number) {
    this.#administrativeAt = now;
  }

  /** Somebody wants the server in another administrative state. */
  administer(state: AdministrativeState, now: number): void {
    this.#administrative = state;
    this.#administrativeAt = now;
  }

  /** Somebody says that the server works, or not. */
  operate(state: OperatingState, reason?: string): void {
    this.#operating = state;
    this.#reason = state === "up" ? undefined : reason;
  }

  /** What a file or a command has said, when it was looked at last. */
  found({ said }: Pick<Found, "said">): void {
    this.#found = said;
  }

  /** The worst of what a person and the sources say. */
  report(percent: number | undefined, now: number): AgentReport {
    const { maxConnections } = this.#found;
    const told = this.#operating !== "up";
    const operating = told ? this.#operating : (this.#found.operating ?? "up");
    const description = told ? this.#reason : this.#found.description;
    const administrative = this.#administrativeWord(now);
    // Who writes 0% means it: only load is never as bad as that.
    const part = this.#found.percent === 0 ? 0 : percent;
    return {
      ...(administrative && { administrative }),
      operating,
      ...(part !== undefined && { percent: part }),
      ...(maxConnections !== undefined && { maxConnections }),
      ...(description !== undefined && operating !== "up" && { description }),
    };
  }

  #administrativeWord(now: number): AdministrativeState | undefined {
    const { administrative = "ready" } = this.#found;
    const order = ["ready", "drain", "maint"] as const;
    const worst = order[Math.max(order.indexOf(this.#administrative), order.indexOf(administrative))]!;
    if (worst !== "ready") {
      this.#administrativeAt = now;
      return worst;
    }
    return now - this.#administrativeAt < readyFor ? "ready" : undefined;
  }
}
