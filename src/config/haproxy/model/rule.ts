import type { Condition, Expression, LogFormat, VariableScope } from "./expression.js";
import type { Place } from "./place.js";

/** What all rules have: a condition, and where they stand. */
export interface RuleBase {
  readonly condition: Condition | undefined;
  readonly place: Place;
  /** The line as written, without its condition: for messages. */
  readonly text: string;
}

export type TcpRule = RuleBase & TcpAction;
export type HttpRule = RuleBase & HttpAction;

/** Actions of all rule sets (action.c, vars.c, stick_table.c, sample.c). */
export type CommonAction =
  | { readonly action: "accept" | "reject" | "allow" }
  | {
      readonly action: "set-var";
      readonly scope: VariableScope;
      readonly name: string;
      readonly expression: Expression;
      /** "ifexists", "ifgt" …: all have to hold (set-var(name,condition,…)). */
      readonly conditions?: readonly string[];
    }
  | {
      readonly action: "set-var-fmt";
      readonly scope: VariableScope;
      readonly name: string;
      readonly format: LogFormat;
      readonly conditions?: readonly string[];
    }
  | { readonly action: "unset-var"; readonly scope: VariableScope; readonly name: string }
  | {
      readonly action: "track-sc";
      readonly slot: number;
      readonly key: Expression;
      readonly table: string | undefined;
    }
  | { readonly action: "sc-inc-gpc"; readonly index: number; readonly slot: number; readonly array: boolean }
  | {
      readonly action: "sc-set-gpt";
      readonly index: number;
      readonly slot: number;
      readonly array: boolean;
      readonly value: Expression | number;
    }
  | {
      readonly action: "capture";
      readonly expression: Expression;
      readonly length: number | undefined;
      readonly slot: number | undefined;
    }
  | {
      readonly action: "set-src" | "set-src-port" | "set-dst" | "set-dst-port";
      readonly expression: Expression;
    }
  | { readonly action: "set-mark" | "set-tos" | "set-log-level"; readonly value: string }
  | { readonly action: "set-nice"; readonly value: number }
  | { readonly action: "silent-drop"; readonly rstTtl: number | undefined }
  | { readonly action: "expect-proxy" | "expect-netscaler-cip" }
  | { readonly action: "set-priority-class" | "set-priority-offset"; readonly expression: Expression }
  | {
      readonly action: "do-resolve";
      readonly scope: VariableScope;
      readonly name: string;
      readonly resolvers: string;
      readonly preference: 4 | 6 | undefined;
      readonly expression: Expression;
    }
  | {
      readonly action: "set-bandwidth-limit";
      readonly name: string;
      readonly limit: Expression | number | undefined;
      readonly period: Expression | number | undefined;
    }
  | { readonly action: "use-service"; readonly service: string }
  | { readonly action: "send-spoe-group"; readonly engine: string; readonly group: string }
  | { readonly action: "switch-mode"; readonly mode: "http"; readonly proto: string | undefined }
  | { readonly action: "close" };

export type TcpAction = CommonAction;

/** Actions of http-request, http-response and http-after-response (http_act.c). */
export type HttpAction =
  | CommonAction
  | {
      readonly action: "set-header" | "add-header";
      readonly name: string;
      readonly format: LogFormat;
      /** early-hint lives here too: header lines of a 103. */
    }
  | { readonly action: "early-hint"; readonly name: string; readonly format: LogFormat }
  | {
      readonly action: "del-header";
      readonly name: string;
      readonly method: "str" | "beg" | "end" | "sub" | "reg";
    }
  | {
      readonly action: "replace-header" | "replace-value";
      readonly name: string;
      readonly regex: string;
      readonly format: LogFormat;
    }
  | {
      readonly action: "replace-uri" | "replace-path" | "replace-pathq";
      readonly regex: string;
      readonly format: LogFormat;
    }
  | {
      readonly action: "set-method" | "set-uri" | "set-path" | "set-pathq" | "set-query";
      readonly format: LogFormat;
    }
  | { readonly action: "normalize-uri"; readonly normalizer: string; readonly option: string | undefined }
  | { readonly action: "set-status"; readonly status: number; readonly reason: string | undefined }
  | { readonly action: "strict-mode"; readonly on: boolean }
  | {
      readonly action: "set-timeout";
      readonly timeout: "server" | "tunnel";
      readonly value: number | Expression;
    }
  | { readonly action: "deny" | "tarpit" | "return"; readonly reply: Reply }
  | { readonly action: "auth"; readonly realm: string | undefined }
  | Redirect
  | { readonly action: "wait-for-body"; readonly timeMs: number; readonly atLeast: number | undefined }
  | { readonly action: "wait-for-handshake" | "disable-l7-retry" }
  | { readonly action: "cache-use" | "cache-store"; readonly cache: string }
  | { readonly action: "add-acl" | "del-acl" | "del-map"; readonly file: string; readonly key: LogFormat }
  | { readonly action: "set-map"; readonly file: string; readonly key: LogFormat; readonly value: LogFormat };

export interface Redirect {
  readonly action: "redirect";
  readonly kind: "location" | "prefix" | "scheme";
  readonly format: LogFormat;
  readonly code: 301 | 302 | 303 | 307 | 308;
  readonly dropQuery: boolean;
  readonly appendSlash: boolean;
  readonly ignoreEmpty: boolean;
  /** As it stands in a Set-Cookie header. */
  readonly setCookie: string | undefined;
  readonly clearCookie: boolean;
}

/** What a rule answers with, or an http-error section's answer of a status. */
export interface Reply {
  /** undefined: what the rule gives by itself (403 of deny, 200 of return, 500 of tarpit). */
  readonly status: number | undefined;
  readonly contentType: string | undefined;
  readonly body: ReplyBody;
  readonly headers: readonly { readonly name: string; readonly format: LogFormat }[];
}

export type ReplyBody =
  | { readonly kind: "default" } // the proxy's own error file of the status
  | { readonly kind: "none" } // no body: content-length 0
  | { readonly kind: "errorfile"; readonly bytes: Buffer } // a whole message, head and all
  | { readonly kind: "errorfiles"; readonly section: string } // of an http-errors section
  | { readonly kind: "file" | "string"; readonly bytes: Buffer } // a body as it is
  | { readonly kind: "lf-file" | "lf-string"; readonly format: LogFormat };

export interface UseBackend extends RuleBase {
  /** A name, or a format that makes one. */
  readonly backend: string | LogFormat;
}

export interface UseServer extends RuleBase {
  readonly server: string | LogFormat;
}

/** `force-persist`, `ignore-persist` */
export interface PersistRule extends RuleBase {
  readonly kind: "force-persist" | "ignore-persist";
}

/** `stick on`, `stick match`, `stick store-request`, `stick store-response` */
export interface StickRule extends RuleBase {
  readonly match: boolean;
  readonly store: "request" | "response" | undefined;
  readonly expression: Expression;
  /** undefined: the back end's own table. */
  readonly table: string | undefined;
}
