import type { Directive } from "../grammar/directive.js";
import { parseTime } from "../values/numbers.js";
import { forSide, type ProxyReader } from "./readers.js";

/** `cookie NAME [options]` of a back end */
export const cookieLine: ProxyReader = (directive, proxy) => {
  forSide(directive, proxy, "backend");
  const name = directive.at(1);
  if (name === "")
    directive.fail("'cookie' expects <cookie_name> as argument.", { word: 1, code: "missing-argument" });
  const words = new Set<string>();
  const domains: string[] = [];
  const attributes: string[] = [];
  let maxIdleMs: number | undefined;
  let maxLifeMs: number | undefined;
  let at = 2;
  while (directive.at(at) !== "") {
    const word = directive.at(at);
    const value = directive.at(at + 1);
    if (flags.includes(word)) {
      words.add(word);
      at++;
      continue;
    }
    if (word === "domain") domains.push(domain(directive, at + 1, value));
    else if (word === "maxidle") maxIdleMs = seconds(directive, at, value, "<idletime> in seconds");
    else if (word === "maxlife") maxLifeMs = seconds(directive, at, value, "<lifetime> in seconds");
    else if (word === "attr") attributes.push(attribute(directive, at + 1, value));
    else
      directive.fail(
        "'cookie' supports 'rewrite', 'insert', 'prefix', 'indirect', 'nocache', 'postonly', 'domain', 'maxidle', 'dynamic', 'maxlife' and 'attr' options.",
        { word: at, code: "unknown-keyword" },
      );
    at += 2;
  }
  const has = (word: string) => words.has(word);
  if (has("rewrite") && has("indirect"))
    directive.alert("cookie 'rewrite' and 'indirect' modes are incompatible.", { code: "incompatible" });
  if (["rewrite", "insert", "prefix"].filter(has).length > 1)
    directive.alert("cookie 'rewrite', 'insert' and 'prefix' modes are incompatible.", {
      code: "incompatible",
    });
  if (has("preserve") && !has("insert") && !has("indirect"))
    directive.alert("cookie 'preserve' requires at least 'insert' or 'indirect'.", { code: "incompatible" });
  proxy.cookie = {
    name,
    mode: has("insert") ? "insert" : has("prefix") ? "prefix" : has("rewrite") ? "rewrite" : "passive",
    indirect: has("indirect"),
    noCache: has("nocache"),
    postOnly: has("postonly"),
    preserve: has("preserve"),
    httpOnly: has("httponly"),
    secure: has("secure"),
    domains,
    maxIdleMs,
    maxLifeMs,
    dynamic: has("dynamic"),
    dynamicKey: undefined,
    attributes,
  };
};

const flags = [
  "rewrite",
  "indirect",
  "insert",
  "nocache",
  "postonly",
  "preserve",
  "prefix",
  "httponly",
  "secure",
  "dynamic",
];

function domain(directive: Directive, at: number, value: string): string {
  const close = true;
  if (value === "")
    directive.fail("'domain' expects <domain> as argument.", { word: at, close, code: "missing-argument" });
  if (!value.includes("."))
    directive.warn(
      `domain '${value}' contains no embedded dot, this configuration may not work properly (see RFC6265#5.2.3).`,
      { word: at, close, code: "cookie-domain" },
    );
  const wrong = /[^A-Za-z0-9_.-]/.exec(value)?.[0];
  if (wrong)
    directive.fail(`character '${wrong}' is not permitted in domain name '${value}'.`, {
      word: at,
      close,
      code: "invalid-name",
    });
  return value;
}

function seconds(directive: Directive, at: number, value: string, what: string): number | undefined {
  const word = directive.at(at);
  const fail = (message: string): never =>
    directive.fail(message, { word: at + 1, close: true, code: "invalid-value" });
  if (value === "") return fail(`'${word}' expects ${what} as argument.`);
  const time = parseTime(value, "s");
  if (typeof time === "number") return time === 0 ? undefined : time * 1000;
  return time.fault === "character"
    ? fail(`unexpected character '${time.char}' in argument to <${word}>.`)
    : fail(`timer overflow in argument <${value}> to <${word}>, maximum value is 2147483647 s (~68 years).`);
}

function attribute(directive: Directive, at: number, value: string): string {
  const fail = (message: string): never =>
    directive.fail(message, { word: at, close: true, code: "invalid-value" });
  if (value === "") return fail("'attr' expects <value> as argument.");
  for (const char of value)
    if (char === ";" || char < " " || char === "\x7f")
      return fail(
        `character '%x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}' is not permitted in attribute value.`,
      );
  return value;
}
