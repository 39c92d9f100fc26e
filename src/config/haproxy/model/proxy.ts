import type { Balance, HashType } from "./balance.js";
import type { Bind } from "./bind.js";
import type { HealthCheck } from "./check.js";
import type { AclTerm, Expression, LogFormat } from "./expression.js";
import type { LogTarget } from "./log.js";
import type { Place } from "./place.js";
import type { HttpRule, PersistRule, ReplyBody, StickRule, TcpRule, UseBackend, UseServer } from "./rule.js";
import type { Server, SourceAddress } from "./server.js";
import type { StatsPage } from "./stats.js";
import type { StickTable } from "./table.js";

/**
 * A frontend, backend or listen section, with what its defaults section gave.
 * As in HAProxy one record serves both sides: `frontend` and `backend` tell which it has. Times are milliseconds; undefined means that
 * nothing was said.
 */
export interface ProxySection {
  readonly name: string;
  readonly kind: "frontend" | "backend" | "listen";
  readonly frontend: boolean;
  readonly backend: boolean;
  readonly id: number;
  readonly forcedId: boolean;
  readonly mode: "tcp" | "http";
  readonly disabled: boolean;
  readonly description: string | undefined;
  readonly defaultsName: string | undefined;
  readonly place: Place;

  readonly binds: readonly Bind[];
  readonly servers: readonly Server[];
  /** `dispatch ADDR:PORT` */
  readonly dispatch: Server | undefined;

  readonly timeouts: Timeouts;
  readonly options: ProxyOptions;
  readonly maxconn: number | undefined;
  readonly fullconn: number | undefined;
  readonly backlog: number | undefined;
  readonly rateLimitSessions: number;
  readonly retries: number; // 3 by itself
  readonly retryOn: readonly string[]; // "conn-failure" by itself; "503" …
  /** option redispatch [N]: undefined is off; -1 on the last retry only. */
  readonly redispatch: number | undefined;
  readonly graceMs: number | undefined;
  readonly source: SourceAddress | undefined;

  readonly acls: ReadonlyMap<string, readonly AclTerm[]>;
  readonly tcpRequestConnection: readonly TcpRule[];
  readonly tcpRequestSession: readonly TcpRule[];
  readonly tcpRequestContent: readonly TcpRule[];
  readonly tcpRequestInspectDelayMs: number | undefined;
  readonly tcpResponseContent: readonly TcpRule[];
  readonly tcpResponseInspectDelayMs: number | undefined;
  /** With `redirect …` and `block …` lines in HAProxy's order, after the defaults' rules. */
  readonly httpRequest: readonly HttpRule[];
  readonly httpResponse: readonly HttpRule[];
  readonly httpAfterResponse: readonly HttpRule[];
  readonly useBackends: readonly UseBackend[];
  readonly defaultBackend: string | undefined;
  readonly useServers: readonly UseServer[];
  readonly persistRules: readonly PersistRule[];
  readonly stickRules: readonly StickRule[];
  readonly stickTable: StickTable | undefined;

  readonly balance: Balance;
  readonly hashType: HashType;
  readonly hashBalanceFactor: number; // 0: off
  readonly cookie: CookiePersistence | undefined;
  readonly rdpCookie: string | undefined; // persist rdp-cookie
  readonly httpReuse: "never" | "safe" | "aggressive" | "always";
  readonly maxKeepAliveQueue: number; // -1: no limit
  readonly allBackups: boolean;

  readonly check: HealthCheck;
  readonly loadServerState: "none" | "global" | "local";
  readonly serverStateFile: string | undefined;
  readonly emailAlert: EmailAlert | undefined;

  readonly forwardFor: AddedAddress | undefined;
  readonly originalTo: AddedAddress | undefined;
  readonly requestCaptures: readonly CaptureSlot[];
  readonly responseCaptures: readonly CaptureSlot[];
  readonly cookieCapture:
    | { readonly name: string; readonly length: number; readonly prefix: boolean }
    | undefined;
  readonly compression: Compression | undefined;
  readonly filters: readonly Filter[];
  readonly uniqueIdFormat: LogFormat | undefined;
  readonly uniqueIdHeader: string | undefined;
  /** http-send-name-header: in which header a server is told its own name; lower case. */
  readonly sendNameHeader?: string | undefined;
  /** max-session-srv-conns: how many idle server connections a client's connection keeps. */
  readonly maxSessionServerConnections?: number | undefined;
  readonly monitorUri: string | undefined;
  readonly monitorFail: readonly import("./expression.js").Condition[];
  /** By status: a whole message, or what http-error said. */
  readonly errors: ReadonlyMap<number, ErrorReply>;
  readonly errorLocations: ReadonlyMap<number, { readonly code: 302 | 303; readonly url: string }>;
  readonly stats: StatsPage | undefined;

  readonly logs: readonly LogTarget[];
  readonly logFormat: LogFormat | undefined; // what httplog, tcplog … stand for is put in
  readonly logFormatSd: LogFormat | undefined;
  readonly errorLogFormat: LogFormat | undefined;
  readonly logTag: string | undefined;
}

export interface Timeouts {
  readonly client: number | undefined;
  readonly clientFin: number | undefined;
  readonly connect: number | undefined;
  readonly server: number | undefined;
  readonly serverFin: number | undefined;
  readonly tunnel: number | undefined;
  readonly queue: number | undefined; // as connect where nothing is said
  readonly check: number | undefined;
  readonly tarpit: number | undefined; // as connect where nothing is said
  readonly httpRequest: number | undefined;
  readonly httpKeepAlive: number | undefined;
}

/** `option …` and `no option …`, what they say together with their defaults. */
export interface ProxyOptions {
  readonly abortOnClose: boolean;
  readonly acceptInvalidHttpRequest: boolean;
  readonly acceptInvalidHttpResponse: boolean;
  readonly checkCache: boolean;
  readonly clitcpka: boolean;
  readonly srvtcpka: boolean;
  readonly contstats: boolean;
  readonly disableH2Upgrade: boolean;
  readonly dontLogNormal: boolean;
  readonly dontLogNull: boolean;
  readonly forceCloseMode: "keep-alive" | "server-close" | "close"; // http-keep-alive, http-server-close, httpclose
  readonly h1CaseAdjustClient: boolean;
  readonly h1CaseAdjustServer: boolean;
  readonly httpBufferRequest: boolean;
  readonly httpIgnoreProbes: boolean;
  readonly httpNoDelay: boolean;
  readonly httpPretendKeepalive: boolean;
  readonly httpRestrictReqHdrNames: "preserve" | "delete" | "reject" | undefined;
  readonly httpUseHtx: boolean;
  readonly httpUseProxyHeader: boolean;
  readonly idleCloseOnResponse: boolean;
  readonly independentStreams: boolean;
  readonly logHealthChecks: boolean;
  readonly logSeparateErrors: boolean;
  readonly logAsap: boolean;
  readonly nolinger: boolean;
  readonly persist: boolean;
  readonly preferLastServer: boolean;
  readonly smartAccept: boolean;
  readonly smartConnect: boolean;
  readonly socketStats: boolean;
  readonly splice: "never" | "auto" | "request" | "response";
  readonly transparent: boolean;
  readonly clientTcpKeepAlive: {
    readonly count?: number;
    readonly idleMs?: number;
    readonly intervalMs?: number;
  };
  readonly serverTcpKeepAlive: {
    readonly count?: number;
    readonly idleMs?: number;
    readonly intervalMs?: number;
  };
}

export interface AddedAddress {
  readonly header: string; // "x-forwarded-for"
  readonly except: string | undefined; // ADDRESS/BITS
  readonly ifNone: boolean;
}

export interface CaptureSlot {
  readonly name: string | undefined; // undefined: `declare capture`
  readonly length: number;
}

/** `cookie NAME …` of a back end. */
export interface CookiePersistence {
  readonly name: string;
  readonly mode: "insert" | "prefix" | "rewrite" | "passive";
  readonly indirect: boolean;
  readonly noCache: boolean;
  readonly postOnly: boolean;
  readonly preserve: boolean;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly domains: readonly string[];
  readonly maxIdleMs: number | undefined;
  readonly maxLifeMs: number | undefined;
  readonly dynamic: boolean;
  readonly dynamicKey: string | undefined; // dynamic-cookie-key
  readonly attributes: readonly string[];
}

export interface Compression {
  readonly algorithms: readonly ("identity" | "gzip" | "deflate" | "raw-deflate")[];
  readonly types: readonly string[];
  readonly offload: boolean;
}

export interface Filter {
  readonly name: string; // compression, cache, trace, spoe, fcgi-app, bwlim-in, bwlim-out
  readonly words: readonly string[];
  /** bwlim-in and bwlim-out */
  readonly bandwidth?: {
    readonly direction: "in" | "out";
    readonly name: string;
    readonly limit: number;
    readonly periodMs: number | undefined;
    readonly minSize: number;
    readonly key: Expression | undefined;
    readonly table: string | undefined;
  };
  readonly place: Place;
}

export type ErrorReply = {
  readonly body: ReplyBody;
  readonly contentType: string | undefined;
  readonly headers: readonly { readonly name: string; readonly format: LogFormat }[];
  /** Of `errorfiles` without statuses: what applies where the section has none of this status. */
  readonly otherwise?: ErrorReply;
  readonly place: Place;
};

export interface EmailAlert {
  readonly from: string;
  readonly to: string;
  readonly level: number;
  readonly mailers: string;
  readonly myHostname: string | undefined;
}
