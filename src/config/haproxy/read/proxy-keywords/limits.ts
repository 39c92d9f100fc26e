import { leadingNumber } from "../../values/numbers.js";
import { typeOf } from "../proxy-draft.js";
import { forSide, needed, type ProxyReader } from "../readers.js";

/** `KEYWORD NUMBER` */
const number =
  (
    key: "maxconn" | "fullconn" | "backlog" | "retries",
    side: "frontend" | "backend",
    hint = "",
    message = "expects an integer argument.",
  ): ProxyReader =>
  (directive, proxy) => {
    forSide(directive, proxy, side, { hint });
    if (key === "retries") directive.atMost(1);
    proxy[key] = leadingNumber(needed(directive, 1, `'${directive.at(0)}' ${message}`));
    directive.atMost(1);
  };

/** How much a proxy may have at once. */
export const limitReaders: Readonly<Record<string, ProxyReader>> = {
  maxconn: number("maxconn", "frontend", " Maybe you want 'fullconn' instead ?"),
  backlog: number("backlog", "frontend"),
  fullconn: number("fullconn", "backend", " Maybe you want 'maxconn' instead ?"),
  retries: number("retries", "backend", "", "expects an integer argument (dispatch counts for one)."),
  "max-session-srv-conns": (directive, proxy) => {
    forSide(directive, proxy, "frontend");
    proxy.maxSessionServerConnections = leadingNumber(
      needed(directive, 1, `'${directive.at(0)}' expects a number. Got no argument`),
    );
  },
  "max-keep-alive-queue": (directive, proxy) => {
    if (!proxy.backend) {
      directive.warn(
        `'${directive.at(0)}' will be ignored because ${typeOf(proxy)} '${proxy.name}' has no backend capability`,
        { code: "no-such-side" },
      );
    }
    proxy.maxKeepAliveQueue = leadingNumber(
      needed(directive, 1, `'${directive.at(0)}' expects an integer argument (or -1 to disable)`),
    );
  },
  "rate-limit": (directive, proxy) => {
    if (directive.at(1) !== "sessions")
      directive.fail(`'rate-limit' only supports 'sessions' (got '${directive.at(1)}')`, {
        word: 1,
        code: "unknown-keyword",
      });
    const text = needed(
      directive,
      2,
      "'rate-limit sessions' expects expects an integer value (in sessions/second)",
    );
    if (!/^\d+$/.test(text))
      directive.fail(
        `'rate-limit sessions': unexpected character '${/[^\d]/.exec(text)![0]}' in integer value '${text}'`,
        { word: 2, code: "invalid-value" },
      );
    if (!proxy.frontend)
      directive.warn(
        `rate-limit sessions will be ignored because ${typeOf(proxy)} '${proxy.name}' has no frontend capability`,
        { code: "no-such-side" },
      );
    proxy.rateLimitSessions = Number(text);
  },
};
