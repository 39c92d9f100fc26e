import type { ClientOf } from "../../../tls/changing-client.js";
import type { Upstream } from "../../../upstream/index.js";
import type { HttpRequest } from "../../request.js";
import type { Text } from "../../runtime.js";
import type { Sticky } from "../../sticky/sticky.js";
import type { CookieChange } from "./cookies.js";
import type { Holding } from "./held-answer.js";
import type { RedirectChange } from "./redirects.js";

/** When another server is asked (proxy_next_upstream). */
export interface NextUpstream {
  readonly error: boolean;
  readonly timeout: boolean;
  readonly invalidHeader: boolean;
  /** Statuses of answers: 403, 404, 429, 500, 502, 503, 504. */
  readonly statuses: ReadonlySet<number>;
  /** Also after a request that changes something has been sent. */
  readonly nonIdempotent: boolean;
  /** 0: as many as there are. */
  readonly tries: number;
  /** 0: any time. */
  readonly timeoutMs: number;
}

/** Where a request goes: its servers, and what the request's target is. */
export interface ProxyTarget {
  readonly upstream: Upstream;
  /** As $proxy_host has it: "app", "10.0.0.1:8080". */
  readonly host: string;
  readonly port: number;
  readonly isUnix: boolean;
  readonly tls: boolean;
  /** Instead of the location's part of the path; undefined: the path goes on as it came. */
  readonly uri: string | undefined;
  /** `uri` is the whole target: it was made from variables. */
  readonly isWhole: boolean;
}

/** Why there is no target: a status, and the sentence for the log. */
export interface NoTarget {
  readonly status: number;
  readonly sentence: string;
}

/** A field that a server is sent. */
export interface ProxyField {
  /** As it is written. */
  readonly name: string;
  /** The same in lower case. */
  readonly lower: string;
  readonly value: Text;
}

/** What proxy_… directives of a location say. */
export interface ProxySettings {
  readonly target: (request: HttpRequest) => ProxyTarget | NoTarget | Promise<ProxyTarget | NoTarget>;
  /** hash's key of an upstream that chooses by one. */
  readonly key: (upstream: Upstream, request: HttpRequest) => string | undefined;
  /** How clients of an upstream come back to their servers; undefined: they needn't. */
  readonly sticky: (upstream: Upstream) => Sticky | undefined;
  readonly httpVersion: "1.0" | "1.1";
  readonly method: Text | undefined;
  readonly setBody: Text | undefined;
  readonly passBody: boolean;
  readonly passHeaders: boolean;
  /** Names as they are written and values, in their order: what the file says, then what it doesn't override. */
  readonly fields: readonly ProxyField[];
  /** Fields of the client that aren't sent to a server, and of a server that aren't sent to the client: names in lower case. */
  readonly unsent: ReadonlySet<string>;
  /** The file says Content-Length itself. */
  readonly saysLength: boolean;
  readonly hidden: ReadonlySet<string>;
  /** Fields of a server that proxy_pass_header names. */
  readonly passed: ReadonlySet<string>;
  /** X-Accel-… and others that have no effect. */
  readonly ignored: ReadonlySet<string>;
  readonly redirects: readonly RedirectChange[];
  readonly cookieChanges: readonly CookieChange[];
  readonly requestBuffering: boolean;
  readonly bufferSize: number;
  /** Whether an answer is read ahead of its client (proxy_buffering), unless its X-Accel-Buffering says otherwise, and how much of it. */
  readonly buffering: boolean;
  readonly holding: Holding;
  /** Bytes a second of an answer; 0: any. */
  readonly limitRate: number;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly sendTimeoutMs: number;
  readonly next: NextUpstream;
  readonly interceptErrors: boolean;
  readonly ignoreClientAbort: boolean;
  readonly localAddress: Text | undefined;
  readonly tls: ClientOf<HttpRequest>;
  /** The name that TLS asks for and checks; undefined: none is asked for. */
  readonly tlsName: Text | undefined;
  readonly socketKeepAlive: boolean;
}
