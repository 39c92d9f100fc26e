import type { Refusal } from "./check.js";

/** The same complaint about an instance stands in the log at most once in this many milliseconds. */
const pause = 10_000;

/** Keeps a flood of bad packets from becoming a flood of lines. */
export class RefusalLog {
  readonly #last = new Map<string, { at: number; silent: number }>();

  /** The line to write; undefined: it was said a moment ago. */
  line(refusal: Refusal, from: string, now: number): string | undefined {
    const last = this.#last.get(refusal.reason);
    if (last && now - last.at < pause) {
      last.silent += 1;
      return undefined;
    }
    this.#last.set(refusal.reason, { at: now, silent: 0 });
    const more = last && last.silent > 0 ? ` (and ${last.silent} like it before)` : "";
    return `${refusal.text} (from ${from})${more}`;
  }
}
