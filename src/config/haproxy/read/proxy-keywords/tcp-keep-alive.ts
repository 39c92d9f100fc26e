import { leadingNumber, parseTime } from "../../values/numbers.js";
import { typeOf } from "../proxy-draft.js";
import { needed, type ProxyReader } from "../readers.js";

/** clitcpka-idle and its like */
const tcpKeepAlive =
  (side: "client" | "server", what: "count" | "idleMs" | "intervalMs"): ProxyReader =>
  (directive, proxy) => {
    const word = directive.at(0);
    const has = side === "client" ? proxy.frontend : proxy.backend;
    if (!has)
      directive.warn(
        `${word} will be ignored because ${typeOf(proxy)} '${proxy.name}' has no ${side === "client" ? "frontend" : "backend"} capability`,
        { code: "no-such-side" },
      );
    const text = needed(
      directive,
      1,
      `'${word}' expects an integer value${what === "count" ? "" : " (in seconds)"}`,
    );
    let value = leadingNumber(text);
    if (what !== "count") {
      const time = parseTime(text, "s");
      if (typeof time !== "number")
        return directive.fail(
          time.fault === "character"
            ? `unexpected character '${time.char}' in argument to <${word}>.`
            : `timer overflow in argument <${text}> to <${word}>, maximum value is 2147483647 s (~68 years).`,
          { word: 1, code: "invalid-value" },
        );
      value = time * 1000;
    }
    const key = side === "client" ? "clientTcpKeepAlive" : "serverTcpKeepAlive";
    proxy.options[key] = { ...proxy.options[key], [what]: value };
  };

/** Probes of silent connections. */
export const keepAliveReaders: Readonly<Record<string, ProxyReader>> = {
  "clitcpka-cnt": tcpKeepAlive("client", "count"),
  "clitcpka-idle": tcpKeepAlive("client", "idleMs"),
  "clitcpka-intvl": tcpKeepAlive("client", "intervalMs"),
  "srvtcpka-cnt": tcpKeepAlive("server", "count"),
  "srvtcpka-idle": tcpKeepAlive("server", "idleMs"),
  "srvtcpka-intvl": tcpKeepAlive("server", "intervalMs"),
};
