import type { Block } from "../block.js";
import { duplicate, invalid, Mistake } from "../mistake.js";
import type { LocationMatch, ProxyPass, Template } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { isAddress, parseUrl } from "../values/url.js";
import { checkRegex } from "./regex.js";

const templateOf = (word: Word, text = word.text): Template => ({ text, place: word.place });

/** `proxy_pass URL` of http; `match` is what the location around it is for. */
export function readProxyPass(
  statement: Statement,
  block: Block,
  before: ProxyPass | undefined,
  match: LocationMatch | undefined,
): ProxyPass {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  const scheme = /^https:\/\//i.test(word.text) ? "https" : "http";
  if (word.text.includes("$"))
    return { url: templateOf(word), hasVariables: true, scheme, authority: "", uri: undefined };
  if (!/^https?:\/\//i.test(word.text))
    throw new Mistake("invalid URL prefix", {
      code: "invalid-url",
      word,
      remedy: "Begin it with http:// or https://.",
    });
  const rest = word.text.slice(scheme.length + 3);
  const url = parseUrl(rest, { uriPart: true, defaultPort: scheme === "https" ? 443 : 80 });
  if (typeof url === "string")
    throw new Mistake(`${url} in upstream "${rest}"`, { code: "invalid-url", word });
  const inner = block.context !== "location" || match?.kind === "regex" || match?.kind === "named";
  if (inner && url.uri !== "")
    throw new Mistake(
      '"proxy_pass" cannot have URI part in location given by regular expression, or inside named location, or inside "if" statement, or inside "limit_except" block',
      { code: "uri-not-allowed", word, remedy: `Take ${url.uri} away.` },
    );
  const authority =
    url.uri === "" ? rest : rest.slice(0, rest.length - url.uri.length - (url.path === undefined ? 0 : 1));
  return {
    url: templateOf(word),
    hasVariables: false,
    scheme,
    authority,
    uri: url.uri === "" ? undefined : url.uri,
  };
}

/** `proxy_pass ADDRESS` of stream. */
export function readStreamProxyPass(
  statement: Statement,
  _block: Block,
  before: Template | undefined,
): Template {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  if (!word.text.includes("$")) {
    const url = parseUrl(word.text);
    if (typeof url === "string")
      throw new Mistake(`${url} in upstream "${word.text}"`, { code: "invalid-url", word });
  }
  return templateOf(word);
}

/** A rule of proxy_redirect, proxy_cookie_domain and proxy_cookie_path. */
export type RewriteRule =
  | { readonly kind: "default" }
  | { readonly kind: "text"; readonly from: Template; readonly to: Template }
  | {
      readonly kind: "regex";
      readonly pattern: string;
      readonly ignoreCase: boolean;
      readonly to: Template;
    };

/** Rules in the file's order; none by "off". */
export type RewriteRules = readonly RewriteRule[];

function offOnce(statement: Statement, before: RewriteRules | undefined): RewriteRules | undefined {
  if (before?.length === 0) throw duplicate(statement);
  if (statement.words.length !== 1 || statement.words[0]!.text !== "off") return undefined;
  if (before !== undefined) throw duplicate(statement);
  return [];
}

/** `proxy_redirect off | default | FROM TO`. */
export function readProxyRedirect(
  statement: Statement,
  before: RewriteRules | undefined,
  pass: ProxyPass | undefined,
): RewriteRules {
  const off = offOnce(statement, before);
  if (off) return off;
  const [from, to] = statement.words as readonly [Word, Word?];
  if (to === undefined) {
    if (from.text !== "default") throw invalid("parameter", from);
    if (pass?.hasVariables)
      throw new Mistake(
        '"proxy_redirect default" cannot be used with "proxy_pass" directive with variables',
        { code: "no-default", word: from },
      );
    if (pass === undefined)
      throw new Mistake('"proxy_redirect default" should be placed after the "proxy_pass" directive', {
        code: "no-default",
        word: from,
      });
    return [...(before ?? []), { kind: "default" }];
  }
  return [...(before ?? []), ruleOf(from, to, false)];
}

function ruleOf(from: Word, to: Word, alwaysIgnoreCase: boolean): RewriteRule {
  if (!from.text.startsWith("~")) return { kind: "text", from: templateOf(from), to: templateOf(to) };
  const star = from.text.startsWith("~*") && !alwaysIgnoreCase;
  const pattern = from.text.slice(star ? 2 : 1);
  const ignoreCase = star || alwaysIgnoreCase;
  checkRegex(pattern, from, ignoreCase);
  return { kind: "regex", pattern, ignoreCase, to: templateOf(to) };
}

/** `proxy_cookie_domain off | FROM TO`; a dot before a domain means nothing. */
export function readCookieDomain(
  statement: Statement,
  _block: Block,
  before: RewriteRules | undefined,
): RewriteRules {
  const off = offOnce(statement, before);
  if (off) return off;
  const [from, to] = statement.words as readonly [Word, Word?];
  if (to === undefined) throw invalid("parameter", from);
  if (from.text.startsWith("~")) return [...(before ?? []), ruleOf(from, to, true)];
  const bare = (word: Word) => templateOf(word, word.text.replace(/^\./, ""));
  return [...(before ?? []), { kind: "text", from: bare(from), to: bare(to) }];
}

/** `proxy_cookie_path off | FROM TO`. */
export function readCookiePath(
  statement: Statement,
  _block: Block,
  before: RewriteRules | undefined,
): RewriteRules {
  const off = offOnce(statement, before);
  if (off) return off;
  const [from, to] = statement.words as readonly [Word, Word?];
  if (to === undefined) throw invalid("parameter", from);
  return [...(before ?? []), ruleOf(from, to, false)];
}

/** `proxy_cookie_flags off | COOKIE FLAG…`. */
export interface CookieFlags {
  /** A name with variables, or an expression (always without regard to case). */
  readonly cookie: Template;
  readonly regex: boolean;
  readonly flags: readonly Template[];
}

export function readCookieFlags(
  statement: Statement,
  _block: Block,
  before: readonly CookieFlags[] | undefined,
): readonly CookieFlags[] {
  if (before?.length === 0) throw duplicate(statement);
  const [cookie, ...flags] = statement.words as readonly [Word, ...Word[]];
  if (flags.length === 0) {
    if (cookie.text !== "off") throw invalid("parameter", cookie);
    if (before !== undefined) throw duplicate(statement);
    return [];
  }
  const regex = cookie.text.startsWith("~");
  if (regex) checkRegex(cookie.text.slice(1), cookie, true);
  const name = templateOf(cookie, regex ? cookie.text.slice(1) : cookie.text);
  return [...(before ?? []), { cookie: name, regex, flags: flags.map((flag) => templateOf(flag)) }];
}

/** `proxy_bind ADDRESS [transparent] | off`: undefined address by "off". */
export interface ProxyBind {
  readonly address: Template | undefined;
  readonly transparent: boolean;
}

export function readProxyBind(
  statement: Statement,
  _block: Block,
  before: ProxyBind | undefined,
  _reading: Reading,
): ProxyBind {
  if (before !== undefined) throw duplicate(statement);
  const [address, how] = statement.words as readonly [Word, Word?];
  if (how === undefined && address.text === "off") return { address: undefined, transparent: false };
  if (!address.text.includes("$") && !isAddressAndPort(address.text)) throw invalid("address", address);
  if (how !== undefined && how.text !== "transparent") throw invalid("parameter", how);
  return { address: templateOf(address), transparent: how !== undefined };
}

function isAddressAndPort(text: string): boolean {
  if (isAddress(text)) return true;
  const [, inner, plain, port] = /^(?:\[(.*)\]|([^:]*)):([0-9]+)$/.exec(text) ?? [];
  const host = inner ?? plain;
  return host !== undefined && isAddress(host) && Number(port) >= 1 && Number(port) <= 65535;
}
