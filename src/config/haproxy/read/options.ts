import { isIP } from "node:net";
import type { Directive } from "../grammar/directive.js";
import { suggest } from "../grammar/suggest.js";
import { plainOptions } from "../keywords/options.js";
import { suggestedOptions } from "../keywords/other-options.js";
import { standardFormats } from "../samples/log-variables.js";
import { leadingNumber } from "../values/numbers.js";
import { checkOptions } from "./check-options.js";
import { type ProxyDraft, typeOf, type WrittenFormat } from "./proxy-draft.js";
import { forSide, type ProxyReader } from "./readers.js";

const closeModes: Readonly<Record<string, ProxyDraft["options"]["forceCloseMode"]>> = {
  httpclose: "close",
  "http-server-close": "server-close",
  "http-keep-alive": "keep-alive",
};

const gone: Readonly<Record<string, string>> = {
  forceclose:
    "is not supported any more since HAProxy 2.0, please just remove it, or use 'option httpclose' if absolutely needed.",
  "http-tunnel":
    "is not supported any more since HAProxy 2.1, please just remove it, it shouldn't be needed.",
  http_proxy:
    "is not supported any more since HAProxy 2.5. This option stopped working in HAProxy 1.9 and usually had nasty side effects. It can be more reliably implemented with combinations of 'http-request set-dst' and 'http-request set-uri', and even 'http-request do-resolve' if DNS resolution is desired.",
};

/** `option …`, `no option …`, `default option …` */
export const optionLine: ProxyReader = (directive, proxy) => {
  const name = directive.at(1);
  const close = true;
  if (name === "")
    directive.fail("'option' expects an option name.", { word: 1, close, code: "missing-argument" });
  const plain = plainOptions.get(name);
  if (plain) {
    directive.atMost(0, 1);
    const has = plain.side === "both" || (plain.side === "frontend" ? proxy.frontend : proxy.backend);
    if (!has) {
      forSide(directive, proxy, plain.side as "frontend" | "backend", { word: 1 });
      return;
    }
    if (plain.withoutEffect && directive.prefix === "")
      directive.withoutEffect(`option ${name}`, plain.withoutEffect, 1);
    setPlain(proxy, plain.sets, directive.prefix === "");
    return;
  }
  if (Object.hasOwn(gone, name))
    directive.fail(`option '${name}' ${gone[name]}`, { word: 1, close, code: "obsolete" });
  const mode = Object.hasOwn(closeModes, name) ? closeModes[name] : undefined;
  if (mode && directive.prefix !== "default") {
    directive.atMost(0, 1);
    if (directive.prefix === "") proxy.options.forceCloseMode = mode;
    else if (proxy.options.forceCloseMode === mode) proxy.options.forceCloseMode = "keep-alive";
    return;
  }
  if (name === "redispatch") {
    if (!forSide(directive, proxy, "backend", { word: 1 })) return;
    proxy.redispatch =
      directive.prefix === "" ? (directive.at(2) === "" ? -1 : leadingNumber(directive.at(2))) : undefined;
    return;
  }
  if (directive.prefix !== "")
    directive.fail(`negation/default is not supported for option '${name}'.`, {
      word: 1,
      close,
      code: "no-negation",
    });
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader) {
    reader(directive, proxy);
    return;
  }
  const best = suggest(name, [...plainOptions.keys(), ...suggestedOptions]);
  directive.fail(`unknown option '${name}'${best ? `; did you mean '${best}' maybe ?` : "."}`, {
    word: 1,
    code: "unknown-option",
    ...(best ? { meant: best, remedy: `Did you mean ${best}?` } : {}),
  });
};

function setPlain(proxy: ProxyDraft, sets: string, on: boolean): void {
  if (sets === "allBackups") proxy.allBackups = on;
  else if (sets.startsWith("splice-"))
    proxy.options.splice = on ? (sets.slice("splice-".length) as "auto" | "request" | "response") : "never";
  else (proxy.options as Record<string, unknown>)[sets] = on;
}

/** The keyword that set a defaults section's format before. */
function warnOfOverride(directive: Directive, proxy: ProxyDraft, words: string): void {
  if (proxy.kind === "defaults" && proxy.logFormat)
    directive.warn(`'${words}' overrides previous '${proxy.logFormat.by}' in 'defaults' section.`, {
      close: true,
      code: "overridden",
    });
}

function standard(directive: Directive, proxy: ProxyDraft, text: string, by: string): void {
  warnOfOverride(directive, proxy, by === "option httpslog" ? "option httplog" : by);
  proxy.logFormat = { text, place: directive.place(1), by };
  if (proxy.kind === "backend")
    directive.warn(
      `backend '${proxy.name}' : '${by.replace(" clf", "")}' directive is ignored in backends.`,
      { word: 1, code: "ignored" },
    );
}

const httplog: ProxyReader = (directive, proxy) => {
  const word = directive.at(2);
  if (word !== "" && word !== "clf")
    directive.fail(`keyword '${directive.at(1)}' only supports option 'clf'.`, {
      word: 2,
      code: "invalid-value",
    });
  if (word === "clf") directive.atMost(1, 1);
  standard(
    directive,
    proxy,
    word === "clf" ? standardFormats.clf : standardFormats.http,
    word === "clf" ? "option httplog clf" : "option httplog",
  );
};

const addedAddress =
  (key: "forwardFor" | "originalTo", header: string): ProxyReader =>
  (directive, proxy) => {
    const found = { header, except: undefined as string | undefined, ifNone: false };
    let at = 2;
    while (directive.at(at) !== "") {
      const word = directive.at(at);
      const value = directive.at(at + 1);
      const words = `'${directive.text(0, 2)} ${word}'`;
      if (word === "except") {
        if (!isNetwork(value))
          directive.fail(`${words} expects <address>[/mask] as argument.`, {
            word: at,
            code: "invalid-value",
          });
        found.except = value;
        at += 2;
      } else if (word === "header") {
        if (value === "")
          directive.fail(`${words} expects <header_name> as argument.`, {
            word: at,
            code: "missing-argument",
          });
        found.header = value;
        at += 2;
      } else if (word === "if-none" && key === "forwardFor") {
        found.ifNone = true;
        at++;
      } else
        directive.fail(
          `'${directive.text(0, 2)}' only supports optional values: ${key === "forwardFor" ? "'except', 'header' and 'if-none'" : "'except' and 'header'"}.`,
          { word: at, code: "unknown-keyword" },
        );
    }
    proxy[key] = found;
  };

function isNetwork(text: string): boolean {
  const [address = "", bits] = text.split("/");
  const family = isIP(address);
  return family !== 0 && (bits === undefined || /^\d+$/.test(bits) || isIP(bits) === family);
}

const readers: Readonly<Record<string, ProxyReader>> = {
  httplog,
  tcplog: (directive, proxy) => {
    standard(directive, proxy, standardFormats.tcp, "option tcplog");
    directive.atMost(0, 1);
  },
  httpslog: (directive, proxy) => standard(directive, proxy, standardFormats.https, "option httpslog"),
  tcpka: (directive, proxy) => {
    directive.atMost(0, 1);
    if (proxy.frontend) proxy.options.clitcpka = true;
    if (proxy.backend) proxy.options.srvtcpka = true;
  },
  forwardfor: addedAddress("forwardFor", "x-forwarded-for"),
  originalto: addedAddress("originalTo", "x-original-to"),
  "http-restrict-req-hdr-names": (directive, proxy) => {
    const word = directive.at(2);
    directive.atMost(2);
    if (word === "")
      directive.fail(
        `missing parameter. option '${directive.at(1)}' expects 'preserve', 'reject' or 'delete' option.`,
        { word: 2, code: "missing-argument" },
      );
    if (word !== "preserve" && word !== "reject" && word !== "delete")
      return directive.fail(
        `invalid parameter '${word}'. option '${directive.at(1)}' expects 'preserve', 'reject' or 'delete' option.`,
        { word: 2, code: "invalid-value" },
      );
    proxy.options.httpRestrictReqHdrNames = word;
  },
  ...checkOptions,
};

/** log-format, log-format-sd, error-log-format, unique-id-format: kept until the mode is known. */
export function writtenFormat(
  directive: Directive,
  proxy: ProxyDraft,
  key: "logFormat" | "logFormatSd" | "errorLogFormat" | "uniqueIdFormat",
): void {
  const word = directive.at(0);
  if (directive.at(1) === "")
    directive.fail(`${word} expects an argument.`, { word: 1, code: "missing-argument" });
  if (directive.at(2) !== "")
    directive.fail(`${word} expects only one argument, don't forget to escape spaces!`, {
      word: 2,
      code: "unexpected-argument",
      remedy: "Put the format between double quotes.",
    });
  if (key === "logFormat") warnOfOverride(directive, proxy, "log-format");
  if (key === "errorLogFormat" && proxy.errorLogFormat && proxy.kind === "defaults")
    directive.warn("'error-log-format' overrides previous 'error-log-format' in 'defaults' section.", {
      close: true,
      code: "overridden",
    });
  const written: WrittenFormat = { text: directive.at(1), place: directive.place(1), by: word };
  proxy[key] = written;
  if (proxy.kind === "backend" && key !== "uniqueIdFormat")
    directive.warn(`${typeOf(proxy)} '${proxy.name}' : '${word}' directive is ignored in backends.`, {
      code: "ignored",
    });
}
