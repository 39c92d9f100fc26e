import type { SocketAddress } from "./address.js";
import type { Expression, LogFormat, VariableScope } from "./expression.js";
import type { Place } from "./place.js";

/**
 * What a health check of a back end does (tcpcheck.c). `option smtpchk` and its like are rule sets too; they keep their own kind
 * for names in messages and for "L7" status words.
 */
export interface HealthCheck {
  readonly kind:
    | "tcp"
    | "tcp-check"
    | "http"
    | "ssl-hello"
    | "smtp"
    | "mysql"
    | "pgsql"
    | "redis"
    | "ldap"
    | "spop"
    | "external";
  /** Steps of http-check or tcp-check lines; what `option httpchk` gave (`words`) is not among them. */
  readonly rules: readonly CheckRule[];
  /** Of smtp: the greeting; of mysql and pgsql: the user's name. Of http: what `option httpchk` gave (method, uri, version, host). */
  readonly words: readonly string[];
  /** http-check disable-on-404 */
  readonly disableOn404: boolean;
  /** http-check send-state */
  readonly sendState: boolean;
  readonly external?: { readonly command: string; readonly path: string | undefined };
  /** log-health-checks is an option of the proxy. */
  readonly place: Place;
}

export type CheckRule = {
  readonly comment: string | undefined;
  readonly place: Place;
} & (
  | ({ readonly rule: "connect" } & CheckConnect)
  /** `binary`: a format whose text is hexadecimal digits (send-binary-lf). */
  | { readonly rule: "send"; readonly data: Buffer | LogFormat; readonly binary?: boolean }
  /** A remark alone; it stands in messages of the steps after it, and counts as one. */
  | { readonly rule: "comment" }
  | ({ readonly rule: "http-send" } & HttpCheckSend)
  | ({ readonly rule: "expect" } & CheckExpect)
  | {
      readonly rule: "set-var";
      readonly scope: VariableScope;
      readonly name: string;
      readonly value: Expression | LogFormat;
    }
  | { readonly rule: "unset-var"; readonly scope: VariableScope; readonly name: string }
);

export interface CheckConnect {
  readonly isDefault: boolean; // the server's own way: address, port, ssl as its check has them
  readonly address: SocketAddress | undefined;
  readonly port: number | Expression | undefined;
  readonly ssl: boolean;
  readonly sni: string | undefined;
  readonly alpn: readonly string[];
  readonly proto: string | undefined;
  readonly sendProxy: boolean;
  readonly viaSocks4: boolean;
  readonly linger: boolean;
}

/** A connection of which nothing is said. */
export const plainCheckConnect: CheckConnect = {
  isDefault: false,
  address: undefined,
  port: undefined,
  ssl: false,
  sni: undefined,
  alpn: [],
  proto: undefined,
  sendProxy: false,
  viaSocks4: false,
  linger: false,
};

export interface HttpCheckSend {
  readonly method: string | undefined;
  readonly uri: string | LogFormat | undefined;
  readonly version: string | undefined;
  readonly headers: readonly { readonly name: string; readonly format: LogFormat }[];
  readonly body: string | LogFormat | undefined;
}

export type CheckExpect = {
  readonly negated: boolean;
  readonly minRecv: number | undefined;
  readonly okStatus: string | undefined; // L7OK, L7OKC, L6OK, L4OK
  readonly errorStatus: string | undefined; // L7OKC, L7RSP, L7STS, L6RSP, L4CON
  readonly timeoutStatus: string | undefined; // L7TOUT, L6TOUT, L4TOUT
  readonly onSuccess: LogFormat | undefined;
  readonly onError: LogFormat | undefined;
  readonly statusCode: Expression | undefined;
} & (
  | { readonly type: "string" | "binary"; readonly data: Buffer }
  | { readonly type: "string-lf" | "binary-lf"; readonly format: LogFormat }
  | { readonly type: "rstring" | "rbinary" | "rstatus"; readonly pattern: string }
  | { readonly type: "status"; readonly ranges: readonly { readonly from: number; readonly to: number }[] }
  | { readonly type: "custom"; readonly name: string }
  | {
      readonly type: "header";
      readonly name: HeaderTest;
      readonly value: HeaderTest | undefined;
      readonly full: boolean; // fhdr
    }
);

export interface HeaderTest {
  readonly method: "str" | "beg" | "end" | "sub" | "reg";
  readonly text: string | LogFormat;
}
