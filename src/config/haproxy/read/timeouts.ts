import type { Directive } from "../grammar/directive.js";
import type { Timeouts } from "../model/proxy.js";
import { parseTime } from "../values/numbers.js";
import { type ProxyDraft, typeOf } from "./proxy-draft.js";

const timeouts: Readonly<
  Record<string, readonly [key: keyof Timeouts, side: "frontend" | "backend" | "both"]>
> = {
  client: ["client", "frontend"],
  tarpit: ["tarpit", "both"],
  "http-keep-alive": ["httpKeepAlive", "both"],
  "http-request": ["httpRequest", "both"],
  server: ["server", "backend"],
  connect: ["connect", "backend"],
  check: ["check", "backend"],
  queue: ["queue", "backend"],
  tunnel: ["tunnel", "backend"],
  "client-fin": ["clientFin", "frontend"],
  "server-fin": ["serverFin", "backend"],
};

const old: Readonly<Record<string, string>> = {
  clitimeout: "client",
  srvtimeout: "server",
  contimeout: "connect",
};

/** `timeout NAME DELAY` (proxy.c, proxy_parse_timeout) */
export function timeoutLine(directive: Directive, proxy: ProxyDraft): void {
  const first = directive.at(0);
  if (first !== "timeout")
    directive.fail(
      `the '${first}' directive is not supported anymore since HAProxy 2.1. Use 'timeout ${old[first]}'.`,
      { code: "obsolete" },
    );
  const name = directive.at(1);
  const found = Object.hasOwn(timeouts, name) ? timeouts[name] : undefined;
  if (!found)
    directive.fail(
      `'timeout' supports 'client', 'server', 'connect', 'check', 'queue', 'http-keep-alive', 'http-request', 'tunnel', 'tarpit', 'client-fin' and 'server-fin' (got '${name}')`,
      { word: 1, code: "unknown-keyword" },
    );
  const [key, side] = found;
  const text = directive.at(2);
  const fail: (message: string) => never = (message) =>
    directive.fail(message, { word: 2, code: "invalid-value" });
  if (text === "") fail(`'timeout ${name}' expects an integer value (in milliseconds)`);
  const time = parseTime(text, "ms");
  if (typeof time !== "number")
    fail(
      time.fault === "character"
        ? `unexpected character '${time.char}' in 'timeout ${name}'`
        : `timer overflow in argument '${text}' to 'timeout ${name}' (maximum value is 2147483647 ms or ~24.8 days)`,
    );
  if ((side === "frontend" && !proxy.frontend) || (side === "backend" && !proxy.backend))
    directive.warn(
      `'timeout ${name}' will be ignored because ${typeOf(proxy)} '${proxy.name}' has no ${side} capability`,
      { word: 1, code: "no-such-side" },
    );
  else if (proxy.kind !== "defaults" && proxy.timeouts[key] !== proxy.defaults?.timeouts[key])
    directive.warn(`overwriting 'timeout ${name}' which was already specified`, {
      word: 1,
      code: "overridden",
    });
  if (directive.at(3) !== "")
    fail(`'timeout ${name}' : unexpected extra argument '${directive.at(3)}' after value '${text}'.`);
  // 0 switches a time limit off.
  proxy.timeouts[key] = time === 0 ? undefined : time;
}
