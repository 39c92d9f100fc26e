/** What became of one request. */
export type Answer = Answered | Unanswered;

interface Asked {
  /** From 1. */
  readonly number: number;
  readonly milliseconds: number;
}

export interface Answered extends Asked {
  readonly status: number;
  /** The host that answered, by its own word (X-Server). */
  readonly server: string;
  /** The page without its line end; what is longer than 200 characters is cut. */
  readonly body: string;
  readonly bytes: number;
  readonly error?: undefined;
}

interface Unanswered extends Asked {
  /** "no answer within 5 s", "connection refused" … */
  readonly error: string;
}
