import type { Expression } from "../../variables/expression.js";
import type { Rewritable } from "./rewritable.js";

/** Writes of `rewrite_log` ("notice") and of files that can't be asked ("crit"). */
export type RewriteLog = (level: "notice" | "crit", message: string) => void;

/** One run of statements for one request (ngx_http_script_engine_t). */
export class Engine<S extends Rewritable> {
  /** The URI has changed, and no break came since. */
  changed = false;
  /** Until a rewrite has replaced the URI, groups are escaped in `set` and in conditions too, as nginx does it. */
  quote = true;

  constructor(
    readonly request: S,
    readonly log: RewriteLog | undefined,
    /** rewrite_log: tell of all that matches or doesn't. */
    readonly tells: boolean,
  ) {}

  get escaped(): boolean {
    return this.quote && this.request.quotedUri;
  }

  /** Looks for an expression; where it doesn't match, what was captured before is gone. */
  match(expression: Expression<S>, text: string): boolean {
    const matches = expression.match(this.request, text);
    if (!matches) this.request.captured = undefined;
    if (this.tells) this.tell(`"${expression.source}" ${matches ? "matches" : "does not match"} "${text}"`);
    return matches;
  }

  tell(message: string): void {
    if (this.tells) this.log?.("notice", message);
  }
}
