import { done, type Keyword, refused, table, withoutEffect } from "./keyword.js";

/** Sets of rules that actions belong to. */
export type RuleSet =
  | "tcp-request connection"
  | "tcp-request session"
  | "tcp-request content"
  | "tcp-response content"
  | "http-request"
  | "http-response"
  | "http-after-response";

const noSpoe = "isn't there: no agent is spoken to over SPOP.";
const noTracing = "isn't there: no spans are sent.";
const priority = "tasks have no priorities here.";

const everywhere = done(
  "sc-inc-gpc(IDX,SC) | adds 1 to a counter of the tracked entry",
  "sc-inc-gpc0(SC) | adds 1 to gpc0",
  "sc-inc-gpc1(SC) | adds 1 to gpc1",
  "sc-set-gpt(IDX,SC) VALUE | sets a tag of the tracked entry",
  "sc-set-gpt0(SC) VALUE | sets gpt0",
  "set-mark MARK | netfilter's mark of packets to the client",
  "set-tos TOS | TOS (DSCP) of packets to the client",
  "set-var(NAME) EXPRESSION | sets a [variable](haproxy-samples.md#variables)",
  "set-var-fmt(NAME) FORMAT | the same by a log format",
  "silent-drop | ends without telling the client",
  "unset-var(NAME) | removes a variable",
);
const addresses = done(
  "set-dst EXPRESSION | the destination's address from here on",
  "set-dst-port EXPRESSION | its port",
  "set-src EXPRESSION | the client's address from here on",
  "set-src-port EXPRESSION | its port",
);
const tcpOwn = done(
  "accept | no further rules",
  "reject | ends the connection",
  "capture EXPRESSION len LENGTH | puts a sample into the log",
  "track-sc0 KEY | counts it in a stick table: track-sc0 to track-sc2; `table NAME`",
  "expect-proxy layer4 | a PROXY header comes first",
);
const netscaler = refused(
  "isn't there: headers of NetScaler aren't read.",
  "expect-netscaler-cip layer4 | an address in NetScaler's way comes first",
);
const stream = [
  ...done("set-log-level LEVEL | level of the log line; silent: none"),
  ...withoutEffect(priority, "set-nice NUMBER | priority of the task"),
];
const agents = [
  ...refused(noSpoe, "send-spoe-group ENGINE GROUP | asks an agent"),
  ...refused(noTracing, "ot-group FILTER GROUP | tells spans"),
];
const maps = done(
  "add-acl(FILE) KEY | adds a pattern to a list",
  "del-acl(FILE) KEY | removes it",
  "del-map(FILE) KEY | removes a key of a map",
  "set-map(FILE) KEY VALUE | sets a key of a map",
);
const headers = done(
  "add-header NAME FORMAT | adds a header",
  "del-header NAME | removes headers; `-m str, beg, end, sub, reg`",
  "replace-header NAME REGEX FORMAT | replaces in whole values",
  "replace-value NAME REGEX FORMAT | replaces in values between commas",
  "set-header NAME FORMAT | sets a header",
  "strict-mode on|off | whether a rule that can't be done is an error | on",
);

/** The order in which HAProxy names actions. */
const order =
  "accept close reject capture expect-proxy expect-netscaler-cip wait-for-handshake ot-group set-log-level set-nice switch-mode use-service sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 sc-set-gpt sc-set-gpt0 send-spoe-group do-resolve cache-use cache-store add-acl add-header allow auth del-acl del-header del-map deny disable-l7-retry early-hint normalize-uri redirect replace-header replace-path replace-pathq replace-uri replace-value return set-header set-map set-method set-path set-pathq set-query set-uri set-status strict-mode tarpit track-sc set-timeout wait-for-body set-var-fmt set-var unset-var set-dst set-dst-port set-mark set-src set-src-port set-tos silent-drop set-priority-class set-priority-offset".split(
    " ",
  );
/** Where HAProxy has another one. */
const orderAfter: Readonly<Record<string, string>> = { reject: "redirect", capture: "auth" };
const contentOrder: Readonly<Record<string, string>> = {
  "set-src": "unset-var",
  "set-src-port": "unset-var",
};

/** Every action of 2.6, by its set of rules. Those with parentheses begin with their name. */
export const actions: Readonly<Record<RuleSet, ReadonlyMap<string, Keyword>>> = {
  "tcp-request connection": keyed(tcpOwn, netscaler, everywhere, addresses),
  "tcp-request session": keyed(tcpOwn, netscaler, everywhere, addresses),
  "tcp-request content": keyedOf(
    contentOrder,
    tcpOwn,
    everywhere,
    addresses,
    stream,
    agents,
    done(
      "do-resolve(VAR,RESOLVERS) EXPRESSION | finds a name's address: [names](haproxy-names.md)",
      "set-priority-class EXPRESSION | class in the queue, -2047 to 2047",
      "set-priority-offset EXPRESSION | place in the queue, in milliseconds",
      "switch-mode http | goes on as HTTP",
      "use-service NAME | prometheus-exporter: [statistics](haproxy-stats.md)",
    ),
  ),
  "tcp-response content": keyed(
    done(
      "accept | no further rules",
      "reject | ends the connection",
      "close | ends the connection to the server",
    ),
    everywhere,
    stream,
    agents,
  ),
  "http-request": keyed(
    everywhere,
    addresses,
    stream,
    agents,
    maps,
    headers,
    done(
      "allow | no further rules",
      "auth [realm TEXT] | asks for a name and a password",
      "cache-use NAME | looks into a [cache](haproxy-cache.md)",
      "capture EXPRESSION len LENGTH|id ID | puts a sample into the log",
      "deny [deny_status CODE] ... | answers 403 (http-response: 502) or as told",
      "disable-l7-retry | this request isn't sent again",
      "do-resolve(VAR,RESOLVERS) EXPRESSION | finds a name's address: [names](haproxy-names.md)",
      "early-hint NAME FORMAT | a header of an answer 103",
      "normalize-uri NORMALIZER | fragment-encode, fragment-strip, path-merge-slashes, path-strip-dot, path-strip-dotdot, percent-decode-unreserved, percent-to-uppercase, query-sort-by-name",
      "redirect ... | location, prefix or scheme; code; drop-query, append-slash, set-cookie, clear-cookie",
      "reject | ends the connection",
      "replace-path REGEX FORMAT | replaces in the path",
      "replace-pathq REGEX FORMAT | in path and query",
      "replace-uri REGEX FORMAT | in the whole address",
      "return ... | answers: status, content-type, file, string, errorfile, default-errorfiles, hdr",
      "set-method FORMAT | another method",
      "set-path FORMAT | another path",
      "set-pathq FORMAT | another path and query",
      "set-priority-class EXPRESSION | class in the queue, -2047 to 2047",
      "set-priority-offset EXPRESSION | place in the queue, in milliseconds",
      "set-query FORMAT | another query",
      "set-timeout server|tunnel DELAY | another time limit for this request",
      "set-uri FORMAT | another address",
      "tarpit [deny_status CODE] ... | waits for `timeout tarpit`, then answers 500 or as told",
      "track-sc0 KEY | counts it in a stick table: track-sc0 to track-sc2; `table NAME`",
      "use-service NAME | prometheus-exporter: [statistics](haproxy-stats.md)",
      "wait-for-body time DELAY | waits for the body, or `at-least` SIZE",
      "wait-for-handshake | waits for the end of the TLS handshake",
    ),
  ),
  "http-response": keyed(
    everywhere,
    stream,
    agents,
    maps,
    headers,
    done(
      "allow | no further rules",
      "cache-store NAME | puts the answer into a [cache](haproxy-cache.md)",
      "capture EXPRESSION id ID | puts a sample into the log",
      "deny ... | answers 403 (http-response: 502) or as told",
      "redirect ... | location, prefix or scheme; code; drop-query, append-slash, set-cookie, clear-cookie",
      "return ... | answers: status, content-type, file, string, errorfile, default-errorfiles, hdr",
      "set-status CODE | another status; `reason TEXT`",
      "track-sc0 KEY | counts it in a stick table: track-sc0 to track-sc2; `table NAME`",
      "wait-for-body time DELAY | waits for the body, or `at-least` SIZE",
    ),
  ),
  "http-after-response": keyed(
    headers,
    refused(noTracing, "ot-group FILTER GROUP | tells spans"),
    done(
      "allow | no further rules",
      "capture EXPRESSION id ID | puts a sample into the log",
      "set-status CODE | another status; `reason TEXT`",
      "set-var(NAME) EXPRESSION | sets a [variable](haproxy-samples.md#variables)",
      "set-var-fmt(NAME) FORMAT | the same by a log format",
      "unset-var(NAME) | removes a variable",
    ),
  ),
};

function keyed(...lists: readonly (readonly Keyword[])[]): ReadonlyMap<string, Keyword> {
  const http = lists.some((list) => list === headers);
  return keyedOf(http ? orderAfter : {}, ...lists);
}

/** Sorted as HAProxy names them; what is in `after` comes behind another one. */
function keyedOf(
  after: Readonly<Record<string, string>>,
  ...lists: readonly (readonly Keyword[])[]
): ReadonlyMap<string, Keyword> {
  const found = [...table(...lists).values()].map((keyword) => [actionName(keyword.name), keyword] as const);
  const rank = (name: string): number => {
    const before = after[name];
    return before === undefined ? order.indexOf(name) : order.indexOf(before) + 0.5;
  };
  return new Map(found.sort(([a], [b]) => rank(a) - rank(b)));
}

/** The name of an action as written: without what stands in parentheses, and without a counter's number. */
export function actionName(word: string): string {
  const name = word.replace(/\(.*$/s, "");
  return /^track-sc\d*$/.test(name) ? "track-sc" : name;
}
