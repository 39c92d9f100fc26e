import type { Directive } from "../grammar/directive.js";
import type { ProxyDraft } from "./proxy-draft.js";

/** Sets of rules in the order in which they run, whatever the order of their lines; with the words that warnings have. */
const order: readonly (readonly [kind: string, words: string, has: (proxy: ProxyDraft) => boolean])[] = [
  ["tcp-request session", "a 'tcp-request session'", (proxy) => proxy.tcpRequestSession.length > 0],
  ["tcp-request content", "a 'tcp-request content'", (proxy) => proxy.tcpRequestContent.length > 0],
  ["monitor fail", "a 'monitor fail'", (proxy) => proxy.monitorFail.length > 0],
  ["http-request", "an 'http-request'", (proxy) => proxy.httpRequest.length > 0],
  ["redirect", "a 'redirect'", (proxy) => proxy.redirects.length > 0],
  ["use_backend", "a 'use_backend'", (proxy) => proxy.writtenBackends.length > 0],
  ["use-server", "a 'use-server'", (proxy) => proxy.writtenServers.length > 0],
];

/** Warns of a rule that stands after others that run later (cfgparse-listen.c, warnif_misplaced_*). */
export function warnOfOrder(directive: Directive, proxy: ProxyDraft, kind: string, name: string): void {
  const from = kind === "tcp-request connection" ? 0 : order.findIndex(([one]) => one === kind) + 1;
  const later = order.slice(from).find(([, , has]) => has(proxy));
  if (later)
    directive.warn(`a '${name}' rule placed after ${later[1]} rule will still be processed before.`, {
      code: "rule-order",
    });
}
