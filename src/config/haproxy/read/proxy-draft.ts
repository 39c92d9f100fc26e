import type { RuleSet } from "../keywords/actions.js";
import type { CheckRule, HealthCheck } from "../model/check.js";
import type { Condition } from "../model/expression.js";
import type { LogTarget } from "../model/log.js";
import type { Place } from "../model/place.js";
import type { EmailAlert, ProxyOptions, ProxySection, Timeouts } from "../model/proxy.js";
import type { HttpRule, PersistRule, StickRule, TcpRule } from "../model/rule.js";
import type { Server } from "../model/server.js";
import type { StatsPage } from "../model/stats.js";
import type { Acl } from "../samples/acl.js";
import type { DefaultServer } from "./server-draft.js";

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A format that is taken apart when its proxy's mode is known. */
export interface WrittenFormat {
  readonly text: string;
  readonly place: Place;
  /** "httplog" …: which keyword gave it. */
  readonly by: string;
}

export interface WrittenBackend {
  readonly name: string;
  /** Whether its condition looks at raw bytes. */
  readonly raw: boolean;
  readonly condition: Condition | undefined;
  readonly place: Place;
  readonly text: string;
}

/** Rules of a named defaults section stand before those of its proxies. */
export interface RuleLists {
  tcpRequestConnection: TcpRule[];
  tcpRequestSession: TcpRule[];
  tcpRequestContent: TcpRule[];
  tcpResponseContent: TcpRule[];
  httpRequest: HttpRule[];
  httpResponse: HttpRule[];
  httpAfterResponse: HttpRule[];
}

export const noRules = (): RuleLists => ({
  tcpRequestConnection: [],
  tcpRequestSession: [],
  tcpRequestContent: [],
  tcpResponseContent: [],
  httpRequest: [],
  httpResponse: [],
  httpAfterResponse: [],
});

export interface StatsDraft extends Mutable<Omit<StatsPage, "users" | "scope" | "admin" | "rules">> {
  users: { readonly user: string; readonly password: string }[];
  scope: string[];
  admin: Condition[];
  rules: HttpRule[];
}

/** Checks: rules of http-check and of tcp-check lines are kept apart, for the option tells which of them count. */
export interface CheckDraft {
  kind: HealthCheck["kind"];
  words: readonly string[];
  disableOn404: boolean;
  sendState: boolean;
  httpRules: readonly CheckRule[];
  tcpRules: readonly CheckRule[];
  /** Rules of this section's own lines; without any, those of its defaults count. */
  ownHttp: boolean;
  ownTcp: boolean;
  place: Place;
}

/** What a rule names that has to be there when all is read; the check gives HAProxy's words for what is not. */
export interface RuleCheck {
  readonly set: RuleSet;
  readonly check: (() => string | undefined) | undefined;
  /** Where its condition looks at raw bytes, which HTTP proxies don't show. */
  readonly raw: boolean;
  readonly place: Place;
}

/** `errorfiles NAME [codes]` */
export interface ErrorFilesUse {
  readonly name: string;
  readonly statuses: readonly number[];
  readonly place: Place;
}

/** A proxy while its lines are read. What a defaults section sets is copied into those that follow it. */
export interface ProxyDraft extends RuleLists {
  readonly kind: "defaults" | "frontend" | "backend" | "listen";
  readonly name: string;
  readonly place: Place;
  readonly frontend: boolean;
  readonly backend: boolean;
  readonly defaults: ProxyDraft | undefined;
  id: number | undefined;
  mode: "tcp" | "http";
  disabled: boolean;
  description: string | undefined;
  acls: Map<string, Acl>;
  binds: Mutable<ProxySection["binds"]> extends readonly (infer B)[] ? B[] : never;
  servers: Server[];
  defaultServer: DefaultServer;
  dispatch: Server | undefined;
  timeouts: Mutable<Timeouts>;
  options: Mutable<ProxyOptions>;
  maxconn: number | undefined;
  fullconn: number | undefined;
  backlog: number | undefined;
  rateLimitSessions: number;
  retries: number;
  retryOn: readonly string[];
  redispatch: number | undefined;
  source: ProxySection["source"];
  tcpRequestInspectDelayMs: number | undefined;
  tcpResponseInspectDelayMs: number | undefined;
  redirects: HttpRule[];
  writtenBackends: WrittenBackend[];
  writtenServers: WrittenBackend[];
  defaultBackend: string | undefined;
  defaultBackendPlace: Place | undefined;
  persistRules: PersistRule[];
  stickRules: StickRule[];
  stickTable: ProxySection["stickTable"];
  balance: ProxySection["balance"];
  /** A balance line was there. */
  ownBalance: boolean;
  /** balance hash EXPRESSION, taken apart at the end. */
  balanceExpression: { readonly text: string; readonly place: Place } | undefined;
  hashType: ProxySection["hashType"];
  hashBalanceFactor: number;
  cookie: ProxySection["cookie"];
  rdpCookie: string | undefined;
  dynamicCookieKey: string | undefined;
  httpReuse: ProxySection["httpReuse"];
  maxKeepAliveQueue: number;
  allBackups: boolean;
  check: CheckDraft;
  externalCheckCommand: string | undefined;
  externalCheckPath: string | undefined;
  loadServerState: ProxySection["loadServerState"];
  serverStateFile: string | undefined;
  emailAlert: Partial<Mutable<EmailAlert>> | undefined;
  forwardFor: ProxySection["forwardFor"];
  originalTo: ProxySection["originalTo"];
  requestCaptures: { readonly name: string | undefined; readonly length: number }[];
  responseCaptures: { readonly name: string | undefined; readonly length: number }[];
  cookieCapture: ProxySection["cookieCapture"];
  compression: ProxySection["compression"];
  filters: Mutable<ProxySection["filters"]> extends readonly (infer F)[] ? F[] : never;
  uniqueIdFormat: WrittenFormat | undefined;
  uniqueIdHeader: string | undefined;
  sendNameHeader: string | undefined;
  monitorUri: string | undefined;
  monitorFail: Condition[];
  errors: Map<number, ProxySection["errors"] extends ReadonlyMap<number, infer E> ? E : never>;
  errorLocations: Map<number, { readonly code: 302 | 303; readonly url: string }>;
  stats: StatsDraft | undefined;
  ownStats: boolean;
  ownLogs: boolean;
  logs: LogTarget[];
  logFormat: WrittenFormat | undefined;
  logFormatSd: WrittenFormat | undefined;
  errorLogFormat: WrittenFormat | undefined;
  logTag: string | undefined;
  maxSessionServerConnections: number | undefined;
  ruleChecks: RuleCheck[];
  errorFilesUses: ErrorFilesUse[];
  cacheUses: { readonly name: string; readonly place: Place }[];
  /** switch-mode: options of HTTP have a use in mode tcp too. */
  upgrades: boolean;
  /** Of a defaults section: by which ways it was used. */
  explicitlyUsed: boolean;
  implicitlyUsed: boolean;
  /** Of a defaults section with rules: whether front or back ends took them. */
  usedBy: "frontend" | "backend" | undefined;
}

/** "frontend", "backend", "proxy" or "defaults", as messages say it (proxy_type_str). */
export function typeOf(proxy: Pick<ProxyDraft, "kind">): string {
  return proxy.kind === "listen" ? "proxy" : proxy.kind;
}

/** The mistake of a keyword that a proxy's side has no use for: said as a warning, and the line still counts. */
export function sideWords(side: "frontend" | "backend"): string {
  return side === "backend" ? "no backend" : "no frontend";
}
