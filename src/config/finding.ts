/** Where in which file something was said; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something that was found in a configuration file, whatever program's it is. */
export interface Finding {
  readonly place: Place;
  /** Lower-case words joined by hyphens, never reused for another meaning. */
  readonly code: string;
  /** The real program's words where it has some, without the place. */
  readonly message: string;
  readonly remedy?: string;
  /** The word that was probably meant. */
  readonly meant?: string;
}
