import type { HttpStream } from "../stream/http/http-stream.js";
import { waitForBody } from "../stream/http/request-body-wait.js";
import { type ActionMaker, number, type RuleOf } from "./action-maker.js";
import { Outcome } from "./outcome.js";

/** Actions that change how a request is dealt with, not what it says. */
export const streamActions = {
  "strict-mode":
    (rule: RuleOf<"strict-mode">) =>
    ({ stream }) => {
      (stream as HttpStream).lenient = !rule.on;
      return Outcome.next;
    },

  "set-timeout": (rule: RuleOf<"set-timeout">, { process }) => {
    const evaluate = typeof rule.value === "number" ? undefined : process.compile.expression(rule.value);
    return (context) => {
      const { stream } = context;
      const ms = evaluate === undefined ? (rule.value as number) : number(evaluate, context);
      if (stream === undefined || ms === undefined) return Outcome.next;
      if (rule.timeout === "server") stream.serverTimeoutMs = ms;
      else stream.tunnelTimeoutMs = ms;
      stream.deadlines.watch();
      return Outcome.next;
    };
  },

  "wait-for-body": (rule: RuleOf<"wait-for-body">, { set }) => {
    const bytes = rule.atLeast ?? 0;
    if (set === "http-response")
      return ({ stream }) =>
        (stream as HttpStream).answer.waitForBody(bytes, rule.timeMs) ? Outcome.next : Outcome.wait;
    return ({ stream }) =>
      waitForBody(stream as HttpStream, bytes, rule.timeMs) ? Outcome.next : Outcome.wait;
  },

  // Handshakes are done before there is a request here.
  "wait-for-handshake": () => () => Outcome.next,

  "disable-l7-retry":
    () =>
    ({ stream }) => {
      (stream as HttpStream).layer7Retry = false;
      return Outcome.next;
    },

  "cache-use":
    (rule: RuleOf<"cache-use">, { process, proxy }) =>
    ({ stream }) => {
      const http = stream as HttpStream;
      const service = process.caches?.get(rule.cache)?.use(http, proxy);
      if (service === undefined) return Outcome.next;
      http.chooseService(service, proxy);
      return Outcome.stop;
    },

  "cache-store":
    (rule: RuleOf<"cache-store">, { process }) =>
    ({ stream }) => {
      (stream as HttpStream).storeIn(process.caches?.get(rule.cache));
      return Outcome.next;
    },

  "use-service":
    (rule: RuleOf<"use-service">, { process, proxy }) =>
    ({ stream }) => {
      const service = process.services?.get(rule.service);
      if (service === undefined) return Outcome.error;
      (stream as HttpStream).chooseService(service, proxy);
      return Outcome.stop;
    },
} satisfies Record<string, ActionMaker>;
