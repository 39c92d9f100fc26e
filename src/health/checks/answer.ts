/**
 * What asking a server once has found. "unknown" says nothing about the server: this host could not ask.
 * `detail` is words for people; of a failure they are the real keepalived's.
 */
export interface Answer {
  readonly outcome: "passed" | "failed" | "unknown";
  readonly detail: string;
  /** How a script has ended. */
  readonly exit?: ScriptExit;
  /** What people should know of an answer that is good all the same. */
  readonly note?: string;
}

/** How a script has ended: by its exit status, by a signal, because its time was over, or it never ran. */
export type ScriptExit =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "timeout" }
  | { readonly kind: "missing"; readonly why: string };

export const passed = (detail: string): Answer => ({ outcome: "passed", detail });
export const failed = (detail: string): Answer => ({ outcome: "failed", detail });
export const unknown = (detail: string): Answer => ({ outcome: "unknown", detail });

/** Why a conversation came to nothing. `own`: this host is at fault, by what `code` says. */
export interface Trouble {
  /** How far it got. */
  readonly at: "connect" | "handshake" | "talk";
  readonly kind: "timeout" | "failed" | "own" | "stopped";
  /** "ECONNREFUSED" …; "" if there is none. */
  readonly code: string;
}

/** Errors of a connection that are this host's own (keepalived/core/layer4.c calls all others a failure of the server). */
const own = new Set([
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EADDRNOTAVAIL",
  "EADDRINUSE",
  "EPERM",
  "EACCES",
  "EINVAL",
  "ENODEV",
  "EAFNOSUPPORT",
]);

/** What an error of Node or of a system call says. */
export function troubleOf(error: unknown, at: Trouble["at"]): Trouble {
  const { code, errnoName } = error as { code?: string; errnoName?: string };
  const name = errnoName ?? code ?? "";
  if (name === "ETIMEDOUT") return { at, kind: "timeout", code: name };
  return { at, kind: at === "connect" && own.has(name) ? "own" : "failed", code: name };
}
