import type { Alarm, AlarmTarget } from "./alarm.js";
import type { Session } from "./session.js";

export const never = Number.POSITIVE_INFINITY;

/** Whose deadlines they are. Timeouts are asked for each time, as rules may change them; milliseconds, undefined or 0: none. */
export interface Timed {
  readonly session: Session;
  readonly ended: boolean;
  clientTimeout(): number | undefined;
  serverTimeout(): number | undefined;
  onPhaseOver(): void;
  onClientTimeout(): void;
  onServerTimeout(): void;
}

/** What a stream must not wait for longer: one phase, its client, its server. */
export class Deadlines implements AlarmTarget {
  /** When the phase that is under way is over: inspection, a body that rules wait for, tarpit, a pause before a retry. */
  phase = never;
  /** Since when client or server are silent; never: they aren't waited for. */
  clientActive = never;
  serverActive = never;
  readonly #timed: Timed;
  #alarm: Alarm | undefined;

  constructor(timed: Timed) {
    this.#timed = timed;
  }

  /** Has the alarm go off at the next deadline that there is now. */
  watch(): void {
    const next = this.#next();
    if (next === never) return;
    if (this.#alarm === undefined) {
      this.#alarm = this.#timed.session.takeAlarm();
      this.#alarm.target = this;
    }
    this.#alarm.want(next);
  }

  /** Begins a phase, unless one is under way. */
  watchPhase(over: number): void {
    if (this.phase !== never) return;
    this.phase = over;
    this.watch();
  }

  /** Bytes went on: who is waited for has spoken. */
  moved(now: number): void {
    if (this.clientActive !== never) this.clientActive = now;
    if (this.serverActive !== never) this.serverActive = now;
  }

  /** A side sent FIN: nothing more is expected of it. */
  halfClosed(fromClient: boolean, now: number): void {
    this.clientActive = fromClient ? never : now;
    this.serverActive = fromClient ? now : never;
    this.watch();
  }

  #next(): number {
    let next = this.phase;
    if (this.clientActive !== never) {
      const timeout = this.#timed.clientTimeout();
      if (timeout !== undefined && timeout > 0) next = Math.min(next, this.clientActive + timeout);
    }
    if (this.serverActive !== never) {
      const timeout = this.#timed.serverTimeout();
      if (timeout !== undefined && timeout > 0) next = Math.min(next, this.serverActive + timeout);
    }
    return next;
  }

  onAlarm(now: number): number {
    const timed = this.#timed;
    if (this.phase <= now) {
      this.phase = never;
      timed.onPhaseOver();
    } else if (late(this.clientActive, timed.clientTimeout(), now)) {
      this.clientActive = never;
      timed.onClientTimeout();
    } else if (late(this.serverActive, timed.serverTimeout(), now)) {
      this.serverActive = never;
      timed.onServerTimeout();
    }
    return timed.ended ? never : this.#next();
  }

  /** The stream has ended; its session keeps the alarm for the next one. */
  release(): void {
    if (this.#alarm === undefined) return;
    this.#timed.session.giveAlarm(this.#alarm);
    this.#alarm = undefined;
  }
}

function late(since: number, timeout: number | undefined, now: number): boolean {
  return since !== never && timeout !== undefined && timeout > 0 && since + timeout <= now;
}
