import type { Expression, LogFormat } from "../../config/haproxy/model/index.js";
import type { CheckRun } from "./server.js";
import type { SessionRun } from "./session.js";
import type { StreamRun } from "./stream.js";

/**
 * A value of a sample expression. Text is latin1: one character is one byte. A number is a bigint only where it is not a safe integer (HAProxy's are
 * 64 bits wide and wrap).
 */
export type Sample =
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "sint"; readonly value: number | bigint }
  | { readonly type: "str"; readonly value: string }
  | { readonly type: "meth"; readonly value: string }
  | { readonly type: "bin"; readonly value: Buffer }
  /** As written: "10.0.0.1", "2001:db8::1". */
  | { readonly type: "ipv4" | "ipv6"; readonly value: string };

/** There is none yet, but more data may bring one: inspection waits (SMP_F_MAY_CHANGE). */
export const later = Symbol("later");

export type Fetched = Sample | undefined | typeof later;

/** Where an expression is evaluated: what there is to look at. */
export interface SampleContext {
  readonly session: SessionRun | undefined;
  readonly stream: StreamRun | undefined;
  /** Which message "req"-less fetches look at. */
  readonly direction: "request" | "response";
  /** Nothing more will come (the delay is over, the buffer is full, the peer has ended): `later` isn't given any more. */
  readonly final: boolean;
  /** In a health check's rules. */
  readonly check: CheckRun | undefined;
}

/** Where what needs nobody's connection is evaluated: variables of the process. */
export const nowhere: SampleContext = {
  session: undefined,
  stream: undefined,
  direction: "request",
  final: true,
  check: undefined,
};

export type Evaluate = (context: SampleContext) => Fetched;
/** A log-format string's text; never fails, an absent value is "-" where HAProxy says so. */
export type Render = (context: SampleContext) => string;
/** undefined: not known yet (`later`). */
export type Test = (context: SampleContext) => boolean | undefined;

/** What makes functions of what a configuration says. A compiler knows the process: its tables, maps, userlists, variables. */
export interface ExpressionCompiler {
  expression(expression: Expression): Evaluate;
  /** Every value that it has (each header field, each cookie of a name), as ACLs look at them; undefined: `later`. */
  every(expression: Expression): (context: SampleContext) => readonly Sample[] | undefined;
  /**
   * What a log-format string gives. "log": of log-format, error-log-format and log-format-sd: "-" stands for what is absent, and expressions are
   * evaluated on the request, then on the response. "http" (where nothing is said): of headers, bodies, maps, redirects: absent is nothing, and
   * control characters of expressions are written as %XX. "plain": of names (use_backend, use-server): absent is nothing, and nothing is encoded.
   */
  format(format: LogFormat, use?: FormatUse): Render;
  condition(condition: import("../../config/haproxy/model/index.js").Condition | undefined, acls: Acls): Test;
}

export type FormatUse = "log" | "http" | "plain";

export type Acls = ReadonlyMap<string, readonly import("../../config/haproxy/model/index.js").AclTerm[]>;
