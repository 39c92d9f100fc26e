import type { HealthCheck } from "../model/check.js";
import { placeText } from "../model/place.js";
import type { CookiePersistence, ProxySection } from "../model/proxy.js";
import type { ProxyDraft, RuleLists } from "../read/proxy-draft.js";
import type { Reading } from "../read/reading.js";
import { completeBalance } from "./balance.js";
import { ProxyCheck, ruleSets } from "./check-proxy.js";
import { completeFormats } from "./formats.js";
import { checkReferences } from "./references.js";
import { checkActionRules } from "./rules.js";
import { completeServers } from "./servers.js";
import { checkStickRules } from "./stick-rules.js";
import { checkDefaultBackend, completeUseBackend, completeUseServer } from "./switching.js";

/**
 * Makes a section of what was read, and says what is wrong between its lines, in HAProxy's order (cfgparse.c, check_config_validity). Of a disabled proxy nothing
 * is said.
 */
export function completeProxy(reading: Reading, draft: ProxyDraft, id: number): ProxySection {
  const check = new ProxyCheck(reading, draft);
  const defaults = draft.defaults;
  const active = !draft.disabled;
  if (active && defaults) checkDefaults(reading, defaults);
  if (active) check.ofItself();
  if (active) checkDefaultBackend(reading, draft);
  const backends = active ? draft.writtenBackends.map((one) => completeUseBackend(reading, draft, one)) : [];
  const useServers = active ? draft.writtenServers.map((one) => completeUseServer(reading, draft, one)) : [];
  if (active) checkStickRules(reading, draft);
  if (active) check.ofRules();
  const front = draft.frontend && active;
  const formats = completeFormats(reading, draft);
  const balance = active ? completeBalance(reading, draft) : draft.balance;
  if (active) checkReferences(reading, draft);
  if (active) check.ofTimes();
  const servers = active ? completeServers(reading, draft) : draft.servers;
  if (active) check.ofMode(formats.logFormat !== undefined || formats.logFormatSd !== undefined);
  if (active) check.ofServers();
  checkErrorFiles(reading, draft);
  const rules = <K extends keyof RuleLists>(key: K) =>
    [...((defaults?.[key] as readonly unknown[] | undefined) ?? []), ...draft[key]] as ProxyDraft[K];
  return {
    name: draft.name,
    kind: draft.kind as ProxySection["kind"],
    frontend: draft.frontend,
    backend: draft.backend,
    id,
    forcedId: draft.id !== undefined,
    mode: draft.mode,
    disabled: draft.disabled,
    description: draft.description,
    defaultsName: defaults?.name,
    place: draft.place,
    binds: draft.binds,
    servers,
    dispatch: draft.dispatch,
    timeouts: draft.timeouts,
    options: draft.options,
    maxconn: draft.maxconn,
    fullconn: draft.fullconn,
    backlog: draft.backlog,
    rateLimitSessions: draft.rateLimitSessions,
    retries: draft.retries,
    retryOn: draft.retryOn,
    redispatch: draft.redispatch,
    graceMs: undefined,
    source: draft.source,
    acls: new Map([...draft.acls].map(([name, acl]) => [name, acl.terms])),
    tcpRequestConnection: rules("tcpRequestConnection"),
    tcpRequestSession: rules("tcpRequestSession"),
    tcpRequestContent: rules("tcpRequestContent"),
    tcpRequestInspectDelayMs: draft.tcpRequestInspectDelayMs,
    tcpResponseContent: rules("tcpResponseContent"),
    tcpResponseInspectDelayMs: draft.tcpResponseInspectDelayMs,
    // Plain redirects run after all http-request rules.
    httpRequest: [...rules("httpRequest"), ...draft.redirects],
    httpResponse: rules("httpResponse"),
    httpAfterResponse: rules("httpAfterResponse"),
    useBackends: backends.filter((one) => one !== undefined),
    defaultBackend: front ? draft.defaultBackend : undefined,
    useServers: useServers.filter((one) => one !== undefined),
    persistRules: draft.persistRules,
    stickRules: draft.stickRules,
    stickTable: draft.stickTable,
    balance,
    hashType: draft.hashType,
    hashBalanceFactor: draft.hashBalanceFactor,
    cookie: completeCookie(draft),
    rdpCookie: draft.rdpCookie,
    httpReuse: draft.httpReuse,
    maxKeepAliveQueue: draft.maxKeepAliveQueue,
    allBackups: draft.allBackups,
    check: completeCheck(draft),
    loadServerState: draft.loadServerState,
    serverStateFile: draft.serverStateFile,
    emailAlert: completeEmailAlert(draft),
    forwardFor: draft.forwardFor,
    originalTo: draft.originalTo,
    requestCaptures: draft.requestCaptures,
    responseCaptures: draft.responseCaptures,
    cookieCapture: draft.cookieCapture,
    compression: draft.compression,
    filters: draft.filters,
    ...formats,
    uniqueIdHeader: draft.uniqueIdHeader,
    sendNameHeader: draft.sendNameHeader,
    maxSessionServerConnections: draft.maxSessionServerConnections,
    monitorUri: draft.monitorUri,
    monitorFail: draft.monitorFail,
    errors: draft.errors,
    errorLocations: draft.errorLocations,
    stats: draft.stats,
    logs: draft.logs,
    logTag: draft.logTag,
  };
}

/** Rules of a defaults section are looked at once, with the first proxy that has them. */
function checkDefaults(reading: Reading, defaults: ProxyDraft): void {
  if (reading.checkedDefaults.has(defaults)) return;
  reading.checkedDefaults.add(defaults);
  for (const set of ruleSets) checkActionRules(reading, defaults, set);
  checkReferences(reading, defaults);
}

function checkErrorFiles(reading: Reading, draft: ProxyDraft): void {
  for (const { name, statuses, place } of draft.errorFilesUses) {
    const section = reading.httpErrors.find((one) => one.name === name);
    if (!section) {
      reading.failWith(
        place,
        `proxy '${draft.name}': unknown http-errors section '${name}' (at ${placeText(place)}).`,
        "unknown-http-errors",
      );
      continue;
    }
    for (const status of statuses)
      if (!section.errors.has(status))
        reading.add(
          "warning",
          place,
          `config: proxy '${draft.name}' : status '${status}' not declared in http-errors section '${name}' (at ${placeText(place)}).`,
          { code: "no-such-status" },
        );
  }
}

function completeCookie(draft: ProxyDraft): CookiePersistence | undefined {
  const { cookie, dynamicCookieKey } = draft;
  return cookie && { ...cookie, dynamicKey: dynamicCookieKey };
}

function completeCheck(draft: ProxyDraft): HealthCheck {
  const { check, externalCheckCommand, externalCheckPath } = draft;
  const rules = check.kind === "http" ? check.httpRules : check.kind === "tcp-check" ? check.tcpRules : [];
  const { kind, words, disableOn404, sendState, place } = check;
  const base = { kind, rules, words, disableOn404, sendState, place };
  if (kind !== "external" || externalCheckCommand === undefined) return base;
  return { ...base, external: { command: externalCheckCommand, path: externalCheckPath } };
}

function completeEmailAlert(draft: ProxyDraft): ProxySection["emailAlert"] {
  const alert = draft.emailAlert;
  if (!alert || !draft.backend) return undefined;
  const { from, to, mailers } = alert;
  if (from === undefined || to === undefined || mailers === undefined) return undefined;
  return { from, to, mailers, level: alert.level ?? 1, myHostname: alert.myHostname };
}
