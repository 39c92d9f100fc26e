import type { RuleSet } from "../keywords/actions.js";
import { plainOptions } from "../keywords/options.js";
import { placeText } from "../model/place.js";
import { type ProxyDraft, typeOf } from "../read/proxy-draft.js";
import type { Reading } from "../read/reading.js";
import { missingTimeouts, timeoutsFor } from "./missing-timeouts.js";
import { checkActionRules } from "./rules.js";

/** What is said of one proxy when all is read, in the order of HAProxy's check_config_validity. */
export class ProxyCheck {
  readonly who: string;

  constructor(
    readonly reading: Reading,
    readonly draft: ProxyDraft,
  ) {
    this.who = `${typeOf(draft)} '${draft.name}'`;
  }

  warn(message: string, code: string, remedy?: string): void {
    this.reading.add("warning", this.draft.place, message, { code, ...(remedy ? { remedy } : {}) });
  }

  fail(message: string, code: string, remedy?: string, place = this.draft.place): void {
    this.reading.failWith(place, message, code, remedy);
  }

  /** Before what other sections are named: the mode, balancing, checks, mail. */
  ofItself(): void {
    const { draft } = this;
    if (draft.mode === "tcp") this.#withoutHttp();
    if (draft.frontend && draft.binds.length === 0)
      this.warn(
        `${this.who} has no 'bind' directive. Please declare it as a backend if this was intended.`,
        "no-bind",
      );
    if (draft.backend && draft.ownBalance) {
      if (draft.options.transparent)
        this.fail(`${this.who} cannot use both transparent and balance mode.`, "incompatible");
      else if (draft.dispatch)
        this.warn(`dispatch address of ${this.who} will be ignored in balance mode.`, "ignored");
    }
    this.#checks();
    this.#mail();
  }

  #withoutHttp(): void {
    const { draft, who } = this;
    if (draft.cookie) this.warn(`cookie will be ignored for ${who} (needs 'mode http').`, "needs-http");
    if (draft.monitorUri !== undefined)
      this.warn(`monitor-uri will be ignored for ${who} (needs 'mode http').`, "needs-http");
    if (["uri", "url_param", "hdr"].includes(draft.balance.algorithm)) {
      draft.balance = { algorithm: "roundrobin" };
      this.warn(
        `Layer 7 hash not possible for ${who} (needs 'mode http'). Falling back to round robin.`,
        "needs-http",
      );
    }
    const format = draft.logFormat;
    if (!format || !/^option https?log/.test(format.by)) return;
    const option = format.by.replace(" clf", "");
    this.reading.add(
      "warning",
      format.place,
      `'${option}' not usable with ${who} (needs 'mode http'). Falling back to 'option tcplog'.`,
      {
        code: "needs-http",
        printed: `parsing [${placeText(format.place)}] : '${option}' not usable with ${who} (needs 'mode http'). Falling back to 'option tcplog'.`,
      },
    );
  }

  #checks(): void {
    const { draft, who } = this;
    const { check } = draft;
    if (check.ownHttp && check.httpRules.length > 0 && check.kind !== "http")
      this.warn(
        `${who} uses http-check rules without 'option httpchk', so the rules are ignored.`,
        "ignored",
      );
    if (check.kind !== "tcp" && check.kind !== "http" && check.kind !== "external")
      for (const [on, word] of [
        [check.disableOn404, "disable-on-404"],
        [check.sendState, "send-state"],
      ] as const)
        if (on) this.warn(`'${word}' will be ignored for ${who} (requires 'option httpchk').`, "ignored");
    const command = draft.externalCheckCommand;
    if (check.kind === "external") {
      const begin = `Proxy '${draft.name}' : 'option external-check'`;
      if (!this.reading.global.externalCheck)
        this.fail(`${begin} unable to find required 'global.external-check'.`, "missing-external-check");
      if (command === undefined)
        this.fail(`${begin} unable to find required 'external-check command'.`, "missing-argument");
      if (!this.reading.global.insecureForkWanted)
        this.warn(
          `Proxy '${draft.name}' : 'insecure-fork-wanted' not enabled in the global section, 'option external-check' will likely fail.`,
          "no-fork",
        );
    }
  }

  #externalCheck(): void {
    const { draft, who } = this;
    const command = draft.externalCheckCommand;
    const external = draft.check.kind === "external";
    if (command !== undefined) {
      if (!external)
        this.warn(
          `'external-check command' will be ignored for ${who} (requires 'option external-check').`,
          "ignored",
        );
      if (!command.startsWith("/") && draft.externalCheckPath === undefined)
        this.fail(
          `Proxy '${draft.name}': 'external-check command' does not have a leading '/' and 'external-check path' is not set.`,
          "invalid-value",
        );
    }
    if (draft.externalCheckPath !== undefined && !external)
      this.warn(
        `'external-check path' will be ignored for ${who} (requires 'option external-check').`,
        "ignored",
      );
  }

  #mail(): void {
    const { emailAlert } = this.draft;
    if (
      emailAlert &&
      (emailAlert.from === undefined || emailAlert.to === undefined || emailAlert.mailers === undefined)
    ) {
      this.warn(
        `'email-alert' will be ignored for ${this.who} (the presence any of 'email-alert from', 'email-alert level' 'email-alert mailers', 'email-alert myhostname', or 'email-alert to' requires each of 'email-alert from', 'email-alert mailers' and 'email-alert to' to be present).`,
        "ignored",
      );
      this.draft.emailAlert = undefined;
    }
    this.#externalCheck();
  }

  /** Rules, then sections that the proxy names. */
  ofRules(): void {
    const { draft, reading } = this;
    for (const set of ruleSets) checkActionRules(reading, draft, set);
    const serves = draft.servers.length > 0;
    if (
      draft.defaultBackend === undefined &&
      draft.writtenBackends.length === 0 &&
      serves &&
      draft.upgrades &&
      draft.mode === "tcp"
    )
      this.warn(
        `Proxy '${draft.name}' : 'switch-mode http' configured for a tcp ${typeOf(draft)} with no backend. Incoming connections upgraded to HTTP cannot be routed to TCP servers`,
        "no-backend",
      );
    const peers = draft.stickTable?.peers;
    if (peers !== undefined && !reading.peers.some((one) => one.name === peers))
      this.fail(
        `Proxy '${draft.name}': unable to find sync peers '${peers}'.`,
        "unknown-peers",
        undefined,
        draft.stickTable!.place,
      );
    const mailers = draft.emailAlert?.mailers;
    if (mailers !== undefined && !reading.mailers.some((one) => one.name === mailers))
      this.fail(`Proxy '${draft.name}': unable to find mailers '${mailers}'.`, "unknown-mailers");
    const { stats } = draft;
    if (stats && stats.rules.length > 0 && (stats.users.length > 0 || stats.realm !== "HAProxy Statistics"))
      this.fail(
        `proxy '${draft.name}': stats 'auth'/'realm' and 'http-request' can't be used at the same time.`,
        "incompatible",
      );
  }

  /** Time limits, and what has no use. */
  ofTimes(): void {
    const { draft, who } = this;
    const { client, connect, server, tunnel } = draft.timeouts;
    const back = draft.backend && draft.servers.length > 0;
    if (
      (draft.frontend && client === undefined) ||
      (back &&
        (connect === undefined || (server === undefined && (draft.mode === "http" || tunnel === undefined))))
    )
      this.warn(missingTimeouts(who), "missing-timeouts", timeoutsFor);
    const { check } = draft;
    if (check.ownTcp && check.tcpRules.length > 0 && check.kind !== "tcp-check")
      this.warn(
        `${who} uses tcp-check rules without 'option tcp-check', so the rules are ignored.`,
        "ignored",
      );
    const most = this.reading.global.tune.httpCookielen;
    if (draft.cookieCapture && draft.cookieCapture.length > most) {
      this.warn(`truncating capture length to ${most} bytes for ${who}.`, "truncated");
      draft.cookieCapture = { ...draft.cookieCapture, length: most };
    }
    if (draft.loadServerState === "global" && this.reading.global.serverStateFile === undefined)
      this.warn(
        `backend '${draft.name}' configured to load server state file from global section 'server-state-file' directive. Unfortunately, 'server-state-file' is not set!`,
        "no-state-file",
      );
  }

  /** What has no use in mode tcp, or without logs. */
  ofMode(hasFormat: boolean): void {
    const { draft, who } = this;
    if (draft.frontend && draft.logs.length === 0 && hasFormat)
      this.warn(`log format ignored for ${who} since it has no log address.`, "ignored");
    if (draft.mode === "http" || draft.upgrades) return;
    const ignored = (words: string, what: string, requires: string) =>
      this.warn(`'${words}' ${what} ignored for ${who} as ${requires} HTTP mode.`, "needs-http");
    if (draft.stats) {
      ignored("stats", "statement", "it requires");
      draft.stats = undefined;
    }
    if (draft.cookieCapture) ignored("capture", "statement", "it requires");
    if (draft.httpRequest.length > 0) ignored("http-request", "rules", "they require");
    if (draft.httpResponse.length > 0) ignored("http-response", "rules", "they require");
    if (draft.httpAfterResponse.length > 0) ignored("http-after-response", "rules", "they require");
    if (draft.redirects.length > 0) ignored("redirect", "rules", "they require");
    const option = (name: string) =>
      this.warn(`'option ${name}' ignored for ${who} as it requires HTTP mode.`, "needs-http");
    if (draft.forwardFor) option("forwardfor");
    if (draft.originalTo) option("originalto");
    for (const one of plainOptions.values())
      if (one.http && this.#isOn(one.sets) && (one.side === "both" || draft[one.side])) option(one.name);
    if (draft.source?.useSource?.kind === "header")
      this.warn(
        `${who} : ignoring use of header ${draft.source.useSource.name} as source IP in non-HTTP mode.`,
        "needs-http",
      );
  }

  #isOn(option: string): boolean {
    return (
      option !== "httpUseHtx" && (this.draft.options as unknown as Record<string, unknown>)[option] === true
    );
  }

  /** Servers in a proxy without HTTP, and the caches that it uses. */
  ofServers(): void {
    const { draft, who } = this;
    for (const server of draft.servers) {
      if (draft.mode !== "http" && server.redir !== undefined)
        this.fail(
          `${who} : server cannot have cookie or redirect prefix in non-HTTP mode.`,
          "needs-http",
          undefined,
          server.place,
        );
      if (draft.mode !== "http" && server.cookie !== undefined)
        this.warn(
          `${who} : ignoring cookie for server '${server.name}' as HTTP mode is disabled.`,
          "needs-http",
        );
      if (
        draft.rdpCookie !== undefined &&
        server.address.kind === "inet" &&
        server.address.ports === undefined
      )
        this.warn(
          `${who} : RDP cookie persistence will not work for server '${server.name}' because it lacks an explicit port number.`,
          "no-port",
        );
    }
    for (const { name, place } of draft.cacheUses)
      if (!this.reading.caches.some((one) => one.name === name))
        this.fail(
          `config: ${who}: unable to find the cache '${name}' referenced by the filter 'cache'.`,
          "unknown-cache",
          undefined,
          place,
        );
  }
}

/** In the order in which HAProxy looks at them. */
export const ruleSets: readonly RuleSet[] = [
  "tcp-request connection",
  "tcp-request session",
  "tcp-request content",
  "tcp-response content",
  "http-request",
  "http-response",
  "http-after-response",
];
