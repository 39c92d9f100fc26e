/** Who waits for a time: told that some time has come, it says when it wants to be told next (Infinity: never). */
export interface AlarmTarget {
  onAlarm(now: number): number;
}

/**
 * One timer that serves many deadlines. Most deadlines move on before they come, so the timer isn't moved with them: when it fires too early
 * it asks its target and is set again. A request on a busy connection so costs no timer at all.
 */
export class Alarm {
  target: AlarmTarget | undefined;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** At this time at the latest the target is asked. */
  want(at: number): void {
    if (at >= this.#at) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#at = at;
    this.#timer = setTimeout(fire, Math.max(1, Math.ceil(at - this.#now())), this);
  }

  /** The target is gone; a timer that runs is left alone for the next one. */
  release(): void {
    this.target = undefined;
  }

  stop(): void {
    this.target = undefined;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#at = Number.POSITIVE_INFINITY;
  }

  fired(): void {
    this.#timer = undefined;
    this.#at = Number.POSITIVE_INFINITY;
    const next = this.target?.onAlarm(this.#now());
    if (next !== undefined && next !== Number.POSITIVE_INFINITY) this.want(next);
  }
}

function fire(alarm: Alarm): void {
  alarm.fired();
}
