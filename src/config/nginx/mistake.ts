import type { Finding, Place } from "../finding.js";

/** What is known of a mistake beside nginx's words for it. */
export interface About {
  /** Where it is, if not where its directive ends (nginx names that line). */
  readonly place?: Place;
  readonly code?: string;
  readonly remedy?: string;
  readonly meant?: string;
}

/** A directive can't be taken: thrown by readers with nginx's words, caught where statements are handed out. */
export class Mistake extends Error {
  constructor(
    message: string,
    readonly about: About = {},
  ) {
    super(message);
    this.name = "Mistake";
  }

  /** The finding of it, at its own place or else at this one. */
  finding(place: Place): Finding {
    const { code = "invalid-directive", ...about } = this.about;
    return { place, code, message: this.message, ...about };
  }
}

/** Does some work; a mistake within that has no place gets this one. */
export function at<T>(place: Place, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Mistake) || error.about.place) throw error;
    throw new Mistake(error.message, { ...error.about, place });
  }
}
