import { suggestion } from "../../../nearest.js";
import { Directive } from "../grammar/directive.js";
import { Mistake } from "../grammar/mistake.js";
import type { HealthCheck } from "../model/check.js";
import type { LogFormat } from "../model/expression.js";
import type { Place } from "../model/place.js";
import type { CookiePersistence, ProxySection } from "../model/proxy.js";
import type { UseBackend, UseServer } from "../model/rule.js";
import type { StickTable } from "../model/table.js";
import { canBeKey } from "../read/key-types.js";
import {
  type ProxyDraft,
  type RuleLists,
  typeOf,
  type WrittenBackend,
  type WrittenFormat,
} from "../read/proxy-draft.js";
import type { Reading } from "../read/reading.js";
import { checkpoint, sourceNames } from "../samples/checkpoints.js";
import { expressionIn } from "../samples/expression.js";
import { type FormatUse, logFormat } from "../samples/log-format.js";
import { standardFormats } from "../samples/log-variables.js";
import { ProxyCheck, ruleSets } from "./check-proxy.js";
import { checkReferences } from "./references.js";
import { checkActionRules, warnOfRawBytes } from "./rules.js";
import { completeServers } from "./servers.js";

/** Makes a section of what was read, and says what is wrong between its lines (cfgparse.c, check_config_validity). */
export function completeProxy(reading: Reading, draft: ProxyDraft, id: number): ProxySection {
  const owner = new ProxyCompletion(reading, draft);
  return owner.section(id);
}

class ProxyCompletion {
  readonly check: ProxyCheck;

  constructor(
    readonly reading: Reading,
    readonly draft: ProxyDraft,
  ) {
    this.check = new ProxyCheck(reading, draft);
  }

  fail(place: Place, message: string, code: string, remedy?: string): void {
    this.reading.failWith(place, message, code, remedy);
  }

  section(id: number): ProxySection {
    const { draft, check, reading } = this;
    const defaults = draft.defaults;
    const active = !draft.disabled;
    if (active && defaults) this.#checkDefaults(defaults);
    if (active) check.ofItself();
    if (active) this.#checkDefaultBackend();
    const backends = active ? draft.writtenBackends.map((one) => this.#useBackend(one)) : [];
    const useServers = active ? draft.writtenServers.map((one) => this.#useServer(one)) : [];
    if (active) this.#checkStickRules();
    if (active) check.ofRules();
    const front = draft.frontend && active;
    const logFormat = front
      ? this.#format(draft.logFormat, "log-format", { mandatory: true, merge: true })
      : undefined;
    const logFormatSd = front
      ? this.#format(this.#structuredData(), "log-format-sd", { mandatory: true, merge: true })
      : undefined;
    const uniqueIdFormat = active
      ? this.#format(draft.uniqueIdFormat, "unique-id-format", { http: true, merge: true })
      : undefined;
    const errorLogFormat = front
      ? this.#format(draft.errorLogFormat, "error-log-format", { mandatory: true, merge: true })
      : undefined;
    const balance = active ? this.#balance() : draft.balance;
    if (active) checkReferences(reading, draft);
    if (active) check.ofTimes();
    const servers = active ? completeServers(reading, draft) : draft.servers;
    if (active) check.ofMode(logFormat !== undefined || logFormatSd !== undefined);
    if (active) check.ofServers();
    this.#useErrorFiles();
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
      cookie: this.#cookie(),
      rdpCookie: draft.rdpCookie,
      httpReuse: draft.httpReuse,
      maxKeepAliveQueue: draft.maxKeepAliveQueue,
      allBackups: draft.allBackups,
      check: this.#check(),
      loadServerState: draft.loadServerState,
      serverStateFile: draft.serverStateFile,
      emailAlert: this.#emailAlert(),
      forwardFor: draft.forwardFor,
      originalTo: draft.originalTo,
      requestCaptures: draft.requestCaptures,
      responseCaptures: draft.responseCaptures,
      cookieCapture: draft.cookieCapture,
      compression: draft.compression,
      filters: draft.filters,
      uniqueIdFormat,
      uniqueIdHeader: draft.uniqueIdHeader,
      sendNameHeader: draft.sendNameHeader,
      maxSessionServerConnections: draft.maxSessionServerConnections,
      monitorUri: draft.monitorUri,
      monitorFail: draft.monitorFail,
      errors: draft.errors,
      errorLocations: draft.errorLocations,
      stats: draft.stats,
      logs: draft.logs,
      logFormat,
      logFormatSd,
      errorLogFormat,
      logTag: draft.logTag,
    };
  }

  /** A line to hang messages on that are found late. */
  #at(place: Place): Directive {
    return new Directive(
      this.reading,
      place.file,
      place.line,
      [{ text: "", column: place.column }],
      "",
      this.draft,
    );
  }

  #format(
    written: WrittenFormat | undefined,
    what: "log-format" | "log-format-sd" | "error-log-format" | "unique-id-format",
    use: Omit<FormatUse, "places" | "column" | "mode">,
  ): LogFormat | undefined {
    if (!written) return undefined;
    const { place } = written;
    const { draft } = this;
    const places =
      what === "unique-id-format"
        ? (draft.frontend ? checkpoint.frontendRequest : 0) | (draft.backend ? checkpoint.backendRequest : 0)
        : checkpoint.log;
    // What httplog and its like stand for may be given in mode tcp: a warning tells of it, and tcplog is taken.
    const standard = /^option https?log/.test(written.by) && draft.mode === "tcp";
    const text = standard ? standardFormats.tcp : written.text;
    try {
      return logFormat({ directive: this.#at(place), context: `in ${what} string in` }, text, {
        ...use,
        places,
        column: place.column,
        mode: draft.mode,
      });
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      this.reading.fatal++;
      this.reading.add("error", { ...place, column: error.about.column ?? place.column }, error.message, {
        ...error.about,
        code: "log-format",
        printed: `Parsing [${place.file}:${place.line}]: failed to parse ${what.replace("unique-id-format", "unique-id")} : ${error.message}.`,
      });
      return undefined;
    }
  }

  /** Rules of a defaults section are looked at once, with the first proxy that has them. */
  #checkDefaults(defaults: ProxyDraft): void {
    const { reading } = this;
    if (reading.checkedDefaults.has(defaults)) return;
    reading.checkedDefaults.add(defaults);
    for (const set of ruleSets) checkActionRules(reading, defaults, set);
    checkReferences(reading, defaults);
  }

  #checkDefaultBackend(): void {
    const { draft, reading } = this;
    const name = draft.defaultBackend;
    if (name === undefined) return;
    const target = reading.proxies.find((one) => one.name === name && one.backend);
    const place = draft.defaultBackendPlace ?? draft.place;
    if (!target)
      this.fail(
        place,
        `Proxy '${draft.name}': unable to find required default_backend: '${name}'.`,
        "unknown-backend",
        reading.nearBackend(name),
      );
    else if (target === draft)
      this.fail(
        place,
        `Proxy '${draft.name}': loop detected for default_backend: '${name}'.`,
        "backend-loop",
      );
    else if (!this.#fits(target)) this.#unfit(target, place, "as its default backend");
    else if (draft.servers.length > 0)
      this.check.warn(
        `In proxy '${draft.name}', the 'default_backend' rule always has precedence over the servers, which will never be used.`,
        "unused-servers",
      );
  }

  #fits(target: ProxyDraft): boolean {
    const { mode } = this.draft;
    return target.mode === mode || (mode === "tcp" && target.mode === "http");
  }

  #unfit(target: ProxyDraft, place: Place, how: string): void {
    const { draft } = this;
    this.fail(
      place,
      `${draft.mode} ${typeOf(draft)} '${draft.name}' (${at(draft.place)}) tries to use incompatible ${target.mode} ${typeOf(target)} '${target.name}' (${at(target.place)}) ${how} (see 'mode').`,
      "incompatible-mode",
      "Give both sections the same mode.",
    );
  }

  #useBackend(written: WrittenBackend): UseBackend | undefined {
    const { draft, reading } = this;
    const base = { condition: written.condition, place: written.place, text: written.text };
    const format = this.#lateFormat(
      written,
      `failed to parse use_backend rule '${written.name}'`,
      checkpoint.frontendRequest,
      "in use_backend expression in",
    );
    if (!format) return undefined;
    const name = plainText(format);
    if (name === undefined) return { ...base, backend: format };
    const target = reading.proxies.find((one) => one.name === name && one.backend);
    if (!target)
      this.fail(
        written.place,
        `Proxy '${draft.name}': unable to find required use_backend: '${name}'.`,
        "unknown-backend",
        reading.nearBackend(name),
      );
    else if (target === draft)
      this.fail(
        written.place,
        `Proxy '${draft.name}': loop detected for use_backend: '${name}'.`,
        "backend-loop",
      );
    else if (!this.#fits(target)) this.#unfit(target, written.place, "in a 'use_backend' rule");
    warnOfRawBytes(reading, draft, written.raw, written.place);
    return { ...base, backend: name };
  }

  #lateFormat(written: WrittenBackend, what: string, places: number, context: string): LogFormat | undefined {
    const { place } = written;
    try {
      return logFormat({ directive: this.#at(place), context }, written.name, {
        places,
        column: place.column,
        mode: this.draft.mode,
      });
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      this.reading.fatal++;
      this.reading.add("error", { ...place, column: error.about.column ?? place.column }, error.message, {
        ...error.about,
        code: "log-format",
        printed: `Parsing [${place.file}:${place.line}]: ${what} : ${error.message}.`,
      });
      return undefined;
    }
  }

  #useServer(written: WrittenBackend): UseServer | undefined {
    const { draft, reading } = this;
    const base = { condition: written.condition, place: written.place, text: written.text };
    const format = this.#lateFormat(
      written,
      `use-server rule failed to parse log-format '${written.name}'`,
      checkpoint.frontendRequest,
      "in use-server or balance expression in",
    );
    if (!format) return undefined;
    const name = plainText(format);
    if (name === undefined) return { ...base, server: format };
    warnOfRawBytes(reading, draft, written.raw, written.place);
    if (!draft.servers.some((one) => one.name === name))
      this.fail(
        written.place,
        `${typeOf(draft)} '${draft.name}' : unable to find server '${name}' referenced in a 'use-server' rule.`,
        "unknown-server",
        suggestion(
          name,
          draft.servers.map((one) => one.name),
        ),
      );
    return { ...base, server: name };
  }

  #checkStickRules(): void {
    const { draft, reading } = this;
    for (const rule of draft.stickRules) {
      const name = rule.table ?? draft.name;
      const found = reading.tableNamed(name);
      if (!found)
        this.fail(
          rule.place,
          `Proxy '${draft.name}': unable to find ${rule.store === "response" ? "store table" : "stick-table"} '${name}'.`,
          "unknown-table",
        );
      else if (!canBeKey(rule.expression.type, found.table.type))
        this.fail(
          rule.place,
          `Proxy '${draft.name}': type of fetch not usable with type of stick-table '${name}'.`,
          "wrong-type",
        );
      else storeServer(found.table);
    }
  }

  /** Lines in RFC 5424's format have structured data, if only "-". */
  #structuredData(): WrittenFormat | undefined {
    const { draft } = this;
    if (draft.logFormatSd || !draft.logs.some((log) => log.format === "rfc5424")) return draft.logFormatSd;
    return { text: "- ", place: draft.place, by: "default" };
  }

  #useErrorFiles(): void {
    const { draft, reading } = this;
    for (const { name, statuses, place } of draft.errorFilesUses) {
      const section = reading.httpErrors.find((one) => one.name === name);
      if (!section) {
        this.fail(
          place,
          `proxy '${draft.name}': unknown http-errors section '${name}' (at ${at(place)}).`,
          "unknown-http-errors",
        );
        continue;
      }
      for (const status of statuses)
        if (!section.errors.has(status))
          reading.add(
            "warning",
            place,
            `config: proxy '${draft.name}' : status '${status}' not declared in http-errors section '${name}' (at ${at(place)}).`,
            { code: "no-such-status" },
          );
    }
  }

  #balance(): ProxySection["balance"] {
    const { draft } = this;
    const written = draft.balanceExpression;
    if (!written || !draft.backend) return draft.balance;
    const begin = `${typeOf(draft)} '${draft.name}' [${at(draft.place)}]:`;
    try {
      const parsed = expressionIn(
        { directive: this.#at(written.place), context: "in use-server or balance expression in" },
        written.text,
        0,
        written.place.column,
      );
      if (parsed.end < written.text.length)
        throw new Mistake(`missing comma after fetch keyword '${parsed.fetch.name}'`, {
          column: written.place.column + parsed.end,
        });
      if (!(parsed.fetch.checkpoints & checkpoint.setServer))
        this.fail(
          written.place,
          `${begin} error detected while parsing 'balance hash' expression '${written.text}' which requires information from ${sourceNames(parsed.fetch.sources)}, which is not available here.`,
          "fetch-not-available",
        );
      return { algorithm: "hash", expression: parsed.expression };
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      this.fail(
        { ...written.place, column: error.about.column ?? written.place.column },
        `${begin} failed to parse 'balance hash' expression '${written.text}' in : ${error.message}.`,
        "balance-expression",
        error.about.remedy,
      );
      return draft.balance;
    }
  }

  #cookie(): CookiePersistence | undefined {
    const { cookie, dynamicCookieKey } = this.draft;
    return cookie && { ...cookie, dynamicKey: dynamicCookieKey };
  }

  #check(): HealthCheck {
    const { check, externalCheckCommand, externalCheckPath } = this.draft;
    const rules = check.kind === "http" ? check.httpRules : check.kind === "tcp-check" ? check.tcpRules : [];
    const { kind, words, disableOn404, sendState, place } = check;
    const base = { kind, rules, words, disableOn404, sendState, place };
    if (kind !== "external" || externalCheckCommand === undefined) return base;
    return { ...base, external: { command: externalCheckCommand, path: externalCheckPath } };
  }

  #emailAlert(): ProxySection["emailAlert"] {
    const alert = this.draft.emailAlert;
    if (!alert || !this.draft.backend) return undefined;
    const { from, to, mailers } = alert;
    if (from === undefined || to === undefined || mailers === undefined) return undefined;
    return { from, to, mailers, level: alert.level ?? 1, myHostname: alert.myHostname };
  }
}

/** The text of a format that is nothing but text. */
function plainText(format: LogFormat): string | undefined {
  const [first, second] = format.nodes;
  if (first === undefined) return "";
  return second === undefined && first.kind === "text" ? first.text : undefined;
}

const at = (place: Place) => `${place.file}:${place.line}`;

/** Stick rules remember servers: their tables store them, also where `store` says nothing of it. */
function storeServer(table: StickTable): void {
  const stores = table.stores as StickTable["stores"][number][];
  for (const name of ["server_id", "server_key"])
    if (!stores.some((each) => each.name === name))
      stores.push({ name, periodMs: undefined, elements: undefined });
}
