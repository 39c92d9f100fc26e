import type { Condition, LogFormat } from "../../config/haproxy/model/index.js";
import { compileRules, type RuleSet } from "../rules/compile.js";
import { Outcome } from "../rules/outcome.js";
import type { Rule } from "../rules/rule.js";
import type { ProcessRun, ProxyRun, Test } from "../run/index.js";
import type { CompiledProxy, RetryOn, StickStep } from "./compiled.js";
import { compileAddedHeader } from "./http/added-headers.js";
import { Replies } from "./http/replies.js";
import { statsLogin } from "./http/stats-login.js";
import { backSlots, frontSlots } from "./slots.js";

/** Makes a proxy's rules, formats and tables ready. */
export function compileProxy(process: ProcessRun, proxy: ProxyRun): CompiledProxy {
  const { section } = proxy;
  const { compile } = process;
  const rules = (list: Parameters<typeof compileRules>[0], set: RuleSet): readonly Rule[] =>
    compileRules(list, { process, proxy, section, set });
  const test = (condition: Condition | undefined): Test | undefined =>
    condition === undefined ? undefined : compile.condition(condition, section.acls);
  const log = (format: LogFormat | undefined) =>
    format === undefined ? undefined : compile.format(format, "log");
  const stick = (response: boolean): StickStep[] =>
    section.stickRules
      .filter((rule) => (rule.store === "response") === response)
      .flatMap((rule) => {
        const table = process.tables.get(rule.table ?? proxy.name);
        if (table === undefined) return [];
        const { match, store, expression, condition } = rule;
        return [
          {
            test: test(condition),
            key: compile.expression(expression),
            table,
            match,
            store: store !== undefined,
          },
        ];
      });
  const backendOf = (name: string | undefined) => (name === undefined ? undefined : process.backend(name));
  const { stats } = section;
  return {
    proxy,
    section,
    http: section.mode === "http",
    becomesHttp: section.tcpRequestContent.some((rule) => rule.action === "switch-mode"),
    tcpConnection: rules(section.tcpRequestConnection, "tcp-connection"),
    tcpSession: rules(section.tcpRequestSession, "tcp-session"),
    tcpRequest: rules(section.tcpRequestContent, "tcp-request"),
    tcpResponse: rules(section.tcpResponseContent, "tcp-response"),
    httpRequest: rules(section.httpRequest, "http-request"),
    httpResponse: rules(section.httpResponse, "http-response"),
    httpAfterResponse: rules(section.httpAfterResponse, "http-after-response"),
    statsRules:
      stats === undefined
        ? []
        : [
            ...rules(stats.rules, "http-request"),
            ...(stats.users.length === 0 ? [] : [statsLogin(stats.users, stats.realm, section.place)]),
            { test: undefined, run: () => Outcome.stop, place: section.place },
          ],
    useBackends: section.useBackends.map((rule) => ({
      test: test(rule.condition),
      backend:
        typeof rule.backend === "string"
          ? (backendOf(rule.backend) ?? (() => ""))
          : compile.format(rule.backend, "plain"),
    })),
    defaultBackend: backendOf(section.defaultBackend),
    useServers: section.useServers.map((rule) => ({
      test: test(rule.condition),
      server: typeof rule.server === "string" ? rule.server : compile.format(rule.server, "plain"),
    })),
    persistRules: section.persistRules.map((rule) => ({
      test: test(rule.condition),
      force: rule.kind === "force-persist",
    })),
    stickRequest: stick(false),
    stickResponse: stick(true),
    monitorFail: section.monitorFail.map((condition) => compile.condition(condition, section.acls)),
    replies: new Replies(section, process.config.httpErrors, compile),
    filters: (process.filters ?? []).flatMap((maker) => maker.prepare(proxy) ?? []),
    forwardFor: compileAddedHeader(section.forwardFor),
    originalTo: compileAddedHeader(section.originalTo),
    uniqueId: section.uniqueIdFormat === undefined ? undefined : compile.format(section.uniqueIdFormat),
    logFormat: log(section.logFormat),
    logStructured: log(section.logFormatSd),
    errorLogFormat: log(section.errorLogFormat),
    requestCaptures: section.requestCaptures.map(({ name, length }) => ({
      name: name?.toLowerCase(),
      length,
    })),
    responseCaptures: section.responseCaptures.map(({ name, length }) => ({
      name: name?.toLowerCase(),
      length,
    })),
    front: proxy.front === undefined ? undefined : frontSlots(proxy.front.counters),
    back: proxy.back === undefined ? undefined : backSlots(proxy.back.counters),
    retryOn: retryOn(section.retryOn),
    requestDelayMs: section.tcpRequestInspectDelayMs ?? 0,
    responseDelayMs: section.tcpResponseInspectDelayMs ?? 0,
  };
}

function retryOn(words: readonly string[]): RetryOn {
  const said = new Set(words);
  const has = (word: string) => said.has(word) || said.has("all-retryable-errors");
  const statuses = new Set<number>();
  for (const word of words) if (/^\d{3}$/.test(word)) statuses.add(Number(word));
  // all-retryable-errors: conn-failure, empty-response, junk-response, response-timeout, 0rtt-rejected, 500, 502, 503, 504.
  if (said.has("all-retryable-errors")) for (const status of [500, 502, 503, 504]) statuses.add(status);
  const made = {
    connection: words.length === 0 || has("conn-failure"),
    empty: has("empty-response"),
    junk: has("junk-response"),
    timeout: has("response-timeout"),
    refusedEarlyData: has("0rtt-rejected"),
    statuses,
  };
  return {
    ...made,
    layer7: made.empty || made.junk || made.timeout || made.refusedEarlyData || statuses.size > 0,
  };
}
