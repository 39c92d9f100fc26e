import { eventTime } from "./wire/event-time.js";

/**
 * A time limit that is moved often: moving it costs a subtraction, not a timer. Its timer runs on, and looks when it ends whether the
 * time has really come.
 */
export class LazyTimer {
  readonly #work: () => void;
  #deadline = 0; // 0: none
  #due = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(work: () => void) {
    this.#work = work;
  }

  /** From now; 0: none. */
  after(ms: number): void {
    if (ms <= 0) {
      this.#deadline = 0;
      return;
    }
    const now = eventTime();
    this.#deadline = now + ms;
    if (this.#timer !== undefined && this.#due <= this.#deadline) return;
    clearTimeout(this.#timer);
    this.#start(now);
  }

  /** The timer itself runs on, and does nothing. */
  stop(): void {
    this.#deadline = 0;
  }

  /** For good. */
  clear(): void {
    this.#deadline = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(now: number): void {
    this.#due = this.#deadline;
    this.#timer = setTimeout(this.#fire, Math.max(1, Math.ceil(this.#deadline - now)));
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    if (this.#deadline === 0) return;
    const now = performance.now();
    if (now >= this.#deadline - 0.5) {
      this.#deadline = 0;
      this.#work();
    } else this.#start(now);
  };
}
