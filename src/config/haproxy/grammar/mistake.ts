/** What is known of a mistake beside HAProxy's words for it. */
export interface About {
  /** Where in its line, from 1. */
  readonly column?: number;
  readonly code?: string;
  readonly remedy?: string;
  readonly meant?: string;
  /** HAProxy's messages of a line begin "parsing [FILE:LINE] : " or, here, "parsing [FILE:LINE]: ". */
  readonly close?: boolean;
  /** Nothing more of the file is read. */
  readonly abort?: boolean;
  /** The message is printed as it is, without the place before it. */
  readonly bare?: boolean;
  /** Of server lines, HAProxy prints "[FILE:LINE] : " before it, and the server where there is one. */
  readonly server?: string;
  /** false: it is told as an error, and the rest of the file counts nevertheless. */
  readonly fatal?: false;
}

/** A line can't be taken: thrown by readers, caught where lines are handed out. */
export class Mistake extends Error {
  constructor(
    message: string,
    readonly about: About = {},
  ) {
    super(message);
    this.name = "Mistake";
  }
}

/** Does some work, and puts words around the message of what is wrong with it. */
export function within<T>(words: (message: string) => string, work: () => T, about: About = {}): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    throw new Mistake(words(error.message), { ...about, ...error.about });
  }
}
