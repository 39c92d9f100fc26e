import type { Finding } from "../finding.js";

/** Something that was found in a haproxy.cfg. */
export interface Diagnostic extends Finding {
  /** error: HAProxy's ALERT, nothing starts with it. warning: WARNING. note: NOTICE. hint: what only -dD prints. */
  readonly severity: "error" | "warning" | "note" | "hint";
  /** The message as HAProxy prints it after "config : ", with the place in its own way. */
  readonly printed: string;
  /** false: an error that HAProxy tells of and goes on. */
  readonly fatal?: false;
}
