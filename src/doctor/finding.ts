import type { Cluster } from "./cluster.js";

export type Severity = "error" | "warning";

/** A command that mends something, as it is typed on a host. */
export interface Mend {
  readonly host: string;
  readonly command: string;
}

/** What a check found. */
export interface Found {
  readonly code: string;
  /** Where it is wrong. */
  readonly host: string;
  /** What is wrong there, in one sentence without its full stop. */
  readonly what: string;
  /** In this order; none where nobody but a person can tell what is right. */
  readonly mend?: readonly Mend[];
  /** What to do where no command is sure to be right. */
  readonly cure?: string;
  /** It is left out where one of these was found, too: it is only how that shows. */
  readonly explainedBy?: readonly Cause[];
}

/** Findings at a host that would explain another one. */
export interface Cause {
  readonly host: string | undefined;
  readonly codes: readonly string[];
}

/** A finding as it is told. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly host: string;
  readonly what: string;
  /** How it shows. */
  readonly shows: string;
  readonly mend: readonly Mend[];
  readonly cure?: string;
}

/** A code, and what is the same of all its findings. */
export interface Code {
  readonly severity: Severity;
  /** How it shows: a clause that begins in lower case, without its full stop. */
  readonly shows: string;
}

/** A question to facts. It is pure: what it needs to know is in them. */
export interface Check {
  readonly codes: Readonly<Record<string, Code>>;
  readonly look: (cluster: Cluster) => Iterable<Found>;
}
