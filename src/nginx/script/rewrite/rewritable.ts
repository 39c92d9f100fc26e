import type { Block } from "../../../config/nginx/block.js";
import type { Subject } from "../../variables/subject.js";

/** What rewriting needs of a request. One character of its texts is one byte. */
export interface Rewritable extends Subject {
  /** The path, without escapes. */
  uri: string;
  /** What stands behind "?", as it came. */
  args: string;
  /** Whether the path had escapes or a "+" when it came: only then are groups escaped where they become arguments. */
  readonly quotedUri: boolean;
  /**
   * Whether the URI is still the one that its location was chosen by: not after a break behind a rewrite (r->valid_location). Then proxy_pass
   * doesn't put its own URI in the place of the location's name.
   */
  isLocationValid: boolean;
  /** How often more it may look for its location anew, or be redirected within; begins at {@link mostUriChanges}. */
  uriChangesLeft: number;
  /** Its URI isn't any longer what the client sent, and it may come to internal locations. */
  becomeInternal(): void;
  /** An `if` of its location is true: what that block says holds from now on. */
  enter(block: Block): void;
}

/** NGX_HTTP_MAX_URI_CHANGES. */
export const mostUriChanges = 10;

/** What is to be done with a request whose statements have run. */
export type RewriteResult =
  /** Go on with the next phase. */
  | { readonly kind: "next" }
  /** Its URI has changed: look for its location anew. */
  | { readonly kind: "rewritten" }
  /** Answer as for an error of this status (error_page counts); 444: close the connection without an answer. */
  | { readonly kind: "status"; readonly status: number }
  /** Answer with this body, whose type is that of the URI's extension, or else default_type. */
  | { readonly kind: "respond"; readonly status: number; readonly text: string }
  | { readonly kind: "redirect"; readonly status: number; readonly location: string }
  /** Answer 500, and tell the error log why. */
  | { readonly kind: "failed"; readonly message: string };

/**
 * Takes note that a request looks for its location anew, or is redirected within (r->uri_changes).
 * @returns undefined, or what is to be told: it did so too often
 */
export function changeUri(request: Rewritable): RewriteResult | undefined {
  if (request.uriChangesLeft-- > 0) return undefined;
  return {
    kind: "failed",
    message: `rewrite or internal redirection cycle while processing "${request.uri}"`,
  };
}
