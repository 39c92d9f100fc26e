import { leadingNumber } from "../../values/numbers.js";
import { typeOf } from "../proxy-draft.js";
import { forSide, type ProxyReader } from "../readers.js";

const capture: ProxyReader = (directive, proxy) => {
  forSide(directive, proxy, "frontend");
  const kind = directive.at(1);
  const header = (kind === "request" || kind === "response") && directive.at(2) === "header";
  if (kind !== "cookie" && !header)
    directive.fail("'capture' expects 'cookie' or 'request header' or 'response header'.", {
      word: 1,
      code: "unknown-keyword",
    });
  if (proxy.kind === "defaults")
    directive.fail(`'capture ${kind}' not allowed in 'defaults' section.`, { code: "not-in-defaults" });
  directive.atMost(4, 1);
  if (kind === "cookie") {
    if (directive.at(4) === "")
      directive.fail("'capture' expects 'cookie' <cookie_name> 'len' <len>.", {
        word: directive.length,
        code: "missing-argument",
      });
    const name = directive.at(2);
    proxy.cookieCapture = { name, length: leadingNumber(directive.at(4)), prefix: false };
    return;
  }
  if (directive.at(3) === "" || directive.at(4) !== "len" || directive.at(5) === "")
    directive.fail(`'capture ${kind}' expects 'header' <header_name> 'len' <len>.`, {
      word: Math.min(directive.length, 4),
      code: "missing-argument",
    });
  const slots = kind === "request" ? proxy.requestCaptures : proxy.responseCaptures;
  slots.push({ name: directive.at(3), length: leadingNumber(directive.at(5)) });
};

const declare: ProxyReader = (directive, proxy) => {
  if (proxy.kind === "defaults")
    directive.fail("declare not available in 'defaults' section", { code: "not-in-defaults" });
  if (directive.at(1) !== "capture")
    directive.fail("declare only supports 'capture'", {
      word: 1,
      code: "unknown-keyword",
    });
  const side = directive.at(2);
  if (side !== "request" && side !== "response")
    directive.fail(`'declare capture' requires 'request' or 'response', got '${side}'`, {
      word: 2,
      code: "invalid-value",
    });
  if (!proxy.frontend)
    directive.fail(
      `'declare capture' not allowed because ${typeOf(proxy)} '${proxy.name}' has no frontend capability`,
    );
  const length = leadingNumber(directive.at(4));
  if (directive.at(3) !== "len" || length <= 0)
    directive.fail(`'declare capture ${side}' requires 'len' and a positive length`, {
      word: 3,
      code: "invalid-value",
    });
  (side === "request" ? proxy.requestCaptures : proxy.responseCaptures).push({ name: undefined, length });
};

/** What of a message is kept for log lines. */
export const captureReaders: Readonly<Record<string, ProxyReader>> = {
  capture,
  declare,
};
