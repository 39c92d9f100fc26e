import type { Finding } from "../finding.js";

/**
 * What keepalived 2.2.7 -t says of it; it ends with the highest of
 * "fatal" (4), "error" (5), "security" (6), at once with "missing-parameter" (2) and "unreadable" (6).
 */
export type Refusal = "missing-parameter" | "unreadable" | "fatal" | "error" | "security";

/** Characters of a file to be replaced; offsets count from 0 in the file's text. */
export interface TextEdit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Something that was found in a keepalived.conf. */
export interface Diagnostic extends Finding {
  /** Error: what it says is not what it will do, and ours does not start with it. Warning: it will run, likely not as meant. */
  readonly severity: "error" | "warning" | "note";
  readonly fix?: TextEdit;
  /** Whether the real one's `-t` refuses a file for it. */
  readonly refused?: Refusal;
}
