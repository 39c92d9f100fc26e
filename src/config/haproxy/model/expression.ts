import type { Place } from "./place.js";

/** What a sample is; "same" is a converter that gives what it is given, "any" one that takes all (sample.h, SMP_T_*). */
export type SampleType = "any" | "same" | "bool" | "sint" | "addr" | "ipv4" | "ipv6" | "str" | "bin" | "meth";

/**
 * An argument of a fetch or a converter, after the table of names said what it is. What it names (a proxy, a table, a map) is
 * looked up when the configuration is complete.
 */
export type Argument =
  | { readonly kind: "sint" | "time" | "size"; readonly value: number } // time in ms, size in bytes
  | { readonly kind: "str"; readonly value: string } // one character is one byte (latin1)
  | { readonly kind: "ipv4" | "ipv6"; readonly value: string }
  /** Bits; `text` of one that was written as an address, which may have gaps. */
  | { readonly kind: "mask4" | "mask6"; readonly value: number; readonly text?: string }
  | { readonly kind: "frontend" | "backend" | "table" | "userlist" | "resolvers"; readonly name: string }
  | { readonly kind: "server"; readonly backend: string | undefined; readonly name: string }
  | { readonly kind: "regex"; readonly pattern: string; readonly ignoreCase: boolean }
  | { readonly kind: "map"; readonly file: string }
  | { readonly kind: "variable"; readonly scope: VariableScope; readonly name: string }
  /** A fetch that may also be given a variable's name where a number or string is wanted (`add(txn.x)`). */
  | { readonly kind: "none" };

export type VariableScope = "proc" | "sess" | "txn" | "req" | "res" | "check";

export interface Call {
  /** As written, with the real name's letters: "req.hdr", "hdr" and "req.fhdr" are names of their own. */
  readonly name: string;
  readonly arguments: readonly Argument[];
  readonly place: Place;
}

/** A sample expression: `fetch(arguments),converter(arguments),…` */
export interface Expression {
  readonly text: string;
  readonly fetch: Call;
  readonly converters: readonly Call[];
  readonly type: SampleType;
  readonly place: Place;
}

/** A log-format string, taken apart. */
export interface LogFormat {
  readonly text: string;
  readonly nodes: readonly LogNode[];
  readonly place: Place;
}

export type LogNode =
  | { readonly kind: "text"; readonly text: string }
  /** A blank, or several: HAProxy prints one. */
  | { readonly kind: "separator" }
  /** `%ci`, `%{+Q}r` … */
  | { readonly kind: "variable"; readonly name: string; readonly flags: LogFlags; readonly argument?: string }
  /** `%[expression]` */
  | { readonly kind: "expression"; readonly expression: Expression; readonly flags: LogFlags };

/** `+Q` quotes, `+X` hexadecimal, `+E` escapes quotes, backslashes and brackets. */
export interface LogFlags {
  readonly quote: boolean;
  readonly hex: boolean;
  readonly escape: boolean;
  /** `+M`, and by itself in log lines: what is absent is "-"; without it, it is nothing. */
  readonly mandatory?: boolean;
}

/** How an ACL compares (pattern.c, pat_match_*). */
export type MatchMethod =
  | "bool"
  | "found"
  | "int"
  | "ip"
  | "bin"
  | "len"
  | "str"
  | "beg"
  | "sub"
  | "dir"
  | "dom"
  | "end"
  | "reg";

/** One line `acl NAME criterion …`, or what stands between braces in a condition. Lines of one name are alternatives. */
export interface AclTerm {
  readonly expression: Expression;
  readonly method: MatchMethod;
  readonly ignoreCase: boolean; // -i
  readonly noDns: boolean; // -n
  readonly uniqueId: number | undefined; // -u
  readonly asMap: boolean; // -M: the file has two columns
  readonly patterns: readonly Pattern[];
  readonly files: readonly string[]; // -f, each a list of patterns, one on a line
  readonly place: Place;
}

/** A pattern as written; `operator` is of integers only (gt 3, 10:20). */
export interface Pattern {
  readonly text: string;
  readonly operator?: "eq" | "ge" | "gt" | "le" | "lt";
  readonly place: Place;
}

/** `if` or `unless`, then alternatives (`||`) of terms that hold together; a term may be negated. */
export interface Condition {
  readonly unless: boolean;
  readonly alternatives: readonly (readonly ConditionTerm[])[];
  readonly text: string;
  readonly place: Place;
}

export interface ConditionTerm {
  readonly negated: boolean;
  /** The name of an ACL (also a predefined one: TRUE, METH_GET …), or "{…}" for an anonymous one. */
  readonly name: string;
  readonly terms: readonly AclTerm[];
}
