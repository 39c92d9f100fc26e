import type { Finding } from "../finding.js";

/** Something that was found in an nginx.conf. */
export interface Diagnostic extends Finding {
  /** emerg: nothing starts with it. warn: nginx warns of it, too. note: only we say it (a directive that has no effect here). */
  readonly severity: "emerg" | "warn" | "note";
  /** As nginx prints it after "[emerg] " or "[warn] ": with " in FILE:LINE", if it names the place. */
  readonly printed: string;
}
