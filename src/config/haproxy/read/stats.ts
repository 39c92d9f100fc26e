import type { Directive } from "../grammar/directive.js";
import { within } from "../grammar/mistake.js";
import { warnOfConflicts } from "../samples/condition.js";
import { parseTime } from "../values/numbers.js";
import type { ProxyDraft, StatsDraft } from "./proxy-draft.js";
import type { ProxyReader } from "./readers.js";
import { placesOf } from "./rule-context.js";
import { conditionAt, httpRule, needCondition } from "./rules.js";

const newStats = (): StatsDraft => ({
  uri: "/haproxy?stats",
  realm: "HAProxy Statistics",
  users: [],
  refreshMs: 0,
  hideVersion: false,
  showLegends: false,
  showModules: false,
  showNode: undefined,
  showDescription: undefined,
  scope: [],
  admin: [],
  rules: [],
});

/** A proxy's own page: what its defaults said of one doesn't count any more once it says something itself. */
function own(proxy: ProxyDraft): StatsDraft {
  if (!proxy.stats || (proxy.kind !== "defaults" && !proxy.ownStats)) proxy.stats = newStats();
  proxy.ownStats = true;
  return proxy.stats;
}

const known =
  "expects 'admin', 'uri', 'realm', 'auth', 'scope', 'enable', 'hide-version', 'show-node', 'show-desc' or 'show-legends'.";

/** `stats …` of a proxy */
export const statsLine: ProxyReader = (directive, proxy) => {
  const word = directive.at(1);
  const reader = Object.hasOwn(readers, word) ? readers[word] : undefined;
  if (!reader)
    return directive.fail(
      word === "" ? `missing keyword in 'stats', ${known}` : `unknown stats parameter '${word}', ${known}`,
      { word: 1, close: true, code: word === "" ? "missing-argument" : "unknown-keyword" },
    );
  if ((word === "admin" || word === "http-request") && proxy.kind === "defaults")
    directive.fail(`'${word === "admin" ? "stats admin" : "stats"}' not allowed in 'defaults' section.`, {
      close: true,
      code: "not-in-defaults",
    });
  reader(directive, own(proxy), proxy);
};

type Reader = (directive: Directive, stats: StatsDraft, proxy: ProxyDraft) => void;

const value = (directive: Directive, message: string): string => {
  const word = directive.at(2);
  if (word === "") directive.fail(message, { word: 2, code: "missing-argument" });
  return word;
};

const readers: Readonly<Record<string, Reader>> = {
  enable: () => {},
  "hide-version": (_, stats) => {
    stats.hideVersion = true;
  },
  "show-legends": (_, stats) => {
    stats.showLegends = true;
  },
  "show-modules": (_, stats) => {
    stats.showModules = true;
  },
  uri: (directive, stats) => {
    stats.uri = value(directive, "'uri' needs an URI prefix.");
  },
  realm: (directive, stats) => {
    stats.realm = value(directive, "'realm' needs an realm name.");
    const extra = directive.at(3);
    if (extra !== "")
      directive.warn(`'stats realm' takes one word: '${directive.text(3)}' is not part of the realm.`, {
        word: 3,
        code: "realm-of-two-words",
        remedy: `Write its blanks with a backslash or quotes: stats realm "${directive.text(2)}".`,
      });
  },
  auth: (directive, stats) => {
    const [user = "", password = ""] = value(directive, "'auth' needs a user:password account.").split(
      /:(.*)/s,
    );
    if (!stats.users.some((one) => one.user === user)) stats.users.push({ user, password });
  },
  scope: (directive, stats) => {
    stats.scope.push(value(directive, "'scope' needs a proxy name."));
  },
  refresh: (directive, stats) => {
    const text = directive.at(2);
    const time = parseTime(text, "s");
    if (typeof time !== "number")
      return directive.fail(
        time.fault === "character"
          ? `unexpected character '${time.char}' in argument to stats refresh interval.`
          : `timer overflow in argument <${text}> to stats refresh interval, maximum value is 2147483647 s (~68 years).`,
        { word: 2, close: true, code: "invalid-value" },
      );
    stats.refreshMs = time * 1000;
  },
  "show-node": (directive, stats) => {
    const name = directive.at(2);
    if (/[^A-Za-z0-9_.-]/.test(name))
      directive.fail(
        "'stats show-node' invalid node name - should be a stringwith digits(0-9), letters(A-Z, a-z), hyphen(-) or underscode(_).",
        { word: 2, close: true, code: "invalid-value" },
      );
    stats.showNode = name;
  },
  "show-desc": (directive, stats) => {
    const text = directive.text(2);
    if (text === "" && directive.reading.global.description === undefined)
      directive.warn("'show-desc' requires a parameter or 'desc' to be set in the global section.", {
        word: 1,
        close: true,
        code: "missing-argument",
      });
    else stats.showDescription = text || directive.reading.global.description;
  },
  admin: (directive, stats, proxy) => {
    needCondition(directive, 2);
    const parsed = within(
      (message) => `error detected while parsing a 'stats admin' rule : ${message}.`,
      () => conditionAt(directive, proxy, 2)!,
    );
    warnOfConflicts(directive, parsed, placesOf("http-request", proxy));
    stats.admin.push(parsed.condition);
  },
  "http-request": (directive, stats, proxy) => {
    if (stats.rules.length > 0 && !stats.rules.at(-1)!.condition)
      directive.warn("previous 'stats' action has no condition attached, further entries are NOOP.", {
        close: true,
        code: "unreachable-rule",
      });
    stats.rules.push(httpRule(directive, proxy, "http-request", 2));
  },
};
