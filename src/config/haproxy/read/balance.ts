import type { Directive } from "../grammar/directive.js";
import { Mistake, within } from "../grammar/mistake.js";
import type { Balance, HashType } from "../model/balance.js";
import { leadingNumber } from "../values/numbers.js";
import type { ProxyDraft } from "./proxy-draft.js";
import { forSide, type ProxyReader } from "./readers.js";

/** `balance …` (backend.c, backend_parse_balance) */
const balance: ProxyReader = (directive, proxy) => {
  forSide(directive, proxy, "backend");
  proxy.balanceExpression = undefined;
  proxy.ownBalance = true;
  proxy.balance = within(
    (message) => `balance ${message}`,
    () => balanceOf(directive, proxy),
    { column: directive.column(1), code: "invalid-value" },
  );
};

const plain = ["roundrobin", "static-rr", "first", "leastconn", "source"] as const;

function balanceOf(directive: Directive, proxy: ProxyDraft): Balance {
  const word = directive.at(1);
  const argument = directive.at(2);
  if (word === "") return { algorithm: "roundrobin" };
  const simple = plain.find((one) => one === word);
  if (simple) return { algorithm: simple };
  if (word.startsWith("random")) return { algorithm: "random", draws: draws(word) };
  if (word === "uri") return uri(directive);
  if (word === "url_param") {
    if (argument === "") throw new Mistake(`${word} requires an URL parameter name.`);
    const modifier = directive.at(3);
    if (modifier !== "" && modifier !== "check_post")
      throw new Mistake(`${word} only accepts 'check_post' modifier (got '${modifier}').`, {
        column: directive.column(3),
      });
    return { algorithm: "url_param", name: argument, checkPost: modifier === "" ? 0 : 48 };
  }
  if (word === "hash") {
    if (argument === "") throw new Mistake(`${word} requires a sample expression.`);
    if (directive.at(3) !== "")
      throw new Mistake(`${word} takes no other argument (got '${directive.at(3)}').`);
    proxy.balanceExpression = { text: argument, place: directive.place(2) };
    return { algorithm: "roundrobin" };
  }
  const header = /^hdr\(([^)]+)\)/.exec(word);
  if (word.startsWith("hdr(")) {
    if (!header) throw new Mistake("hdr requires an http header field name.");
    if (argument !== "" && argument !== "use_domain_only")
      throw new Mistake(`${word} only accepts 'use_domain_only' modifier (got '${argument}').`, {
        column: directive.column(2),
      });
    return { algorithm: "hdr", name: header[1]!, useDomainOnly: argument !== "" };
  }
  if (word.startsWith("rdp-cookie")) {
    const cookie = word === "rdp-cookie" ? "mstshash" : /^rdp-cookie\(([^)]+)\)/.exec(word)?.[1];
    if (cookie === undefined) throw new Mistake("rdp-cookie : missing cookie name.");
    return { algorithm: "rdp-cookie", name: cookie };
  }
  throw new Mistake(
    "only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', 'url_param', 'hdr(name)' and 'rdp-cookie(name)' options.",
  );
}

function draws(word: string): number {
  const found = /^random\(([^)]+)(\)?)/.exec(word);
  if (!found) return 2;
  const digits = /^[+-]?\d*/.exec(found[1]!)![0];
  const rest = found[1]!.slice(digits.length);
  if (rest !== "") throw new Mistake(`random : unexpected character '${rest[0]}' after argument.`);
  if (found[2] === "") throw new Mistake("random : missing closing parenthesis.");
  if (Number(digits) < 1) throw new Mistake("random : number of draws must be at least 1.");
  return Number(digits);
}

function uri(directive: Directive): Balance {
  const found = { algorithm: "uri" as const, length: 0, depth: 0, whole: false, pathOnly: false };
  let at = 2;
  while (directive.at(at) !== "") {
    const word = directive.at(at);
    if (word === "len" || word === "depth") {
      const text = directive.at(at + 1);
      const number = leadingNumber(text);
      if (number <= 0)
        throw new Mistake(`uri : '${word}' expects a positive integer (got '${text}').`, {
          column: directive.column(at + 1),
        });
      if (word === "len") found.length = number;
      else found.depth = number;
      at += 2;
      continue;
    }
    if (word === "whole") found.whole = true;
    else if (word === "path-only") found.pathOnly = true;
    else
      throw new Mistake(
        `uri only accepts parameters 'len', 'depth', 'path-only', and 'whole' (got '${word}').`,
        {
          column: directive.column(at),
        },
      );
    at++;
  }
  return found;
}

/** `hash-type METHOD [FUNCTION [MODIFIER]]` */
const hashType: ProxyReader = (directive, proxy) => {
  const [method, name, modifier] = [directive.at(1), directive.at(2), directive.at(3)];
  forSide(directive, proxy, "backend");
  const fail = (message: string, word: number): never =>
    directive.fail(message, { word, code: "invalid-value" });
  if (method === "avalanche")
    fail(
      "experimental feature 'hash-type avalanche' is not supported anymore, please use 'hash-type map-based sdbm avalanche' instead.",
      1,
    );
  if (method !== "consistent" && method !== "map-based")
    return fail("'hash-type' only supports 'consistent' and 'map-based'.", 1);
  if (name === "") {
    proxy.hashType = { method, function: "sdbm", avalanche: method === "consistent" };
    return;
  }
  if (!["sdbm", "djb2", "wt6", "crc32"].includes(name))
    fail("'hash-type' only supports 'sdbm', 'djb2', 'crc32', or 'wt6' hash functions.", 2);
  if (modifier !== "" && modifier !== "avalanche")
    fail("'hash-type' only supports 'avalanche' as a modifier for hash functions.", 3);
  proxy.hashType = { method, function: name as HashType["function"], avalanche: modifier !== "" };
};

const hashBalanceFactor: ProxyReader = (directive, proxy) => {
  if (directive.at(1) === "")
    directive.fail("'hash-balance-factor' expects an integer argument.", {
      word: 1,
      code: "missing-argument",
    });
  const factor = leadingNumber(directive.at(1));
  if (factor !== 0 && factor <= 100)
    directive.fail("'hash-balance-factor' must be 0 or greater than 100.", {
      word: 1,
      code: "invalid-value",
    });
  proxy.hashBalanceFactor = factor;
};

export const balanceReaders: Readonly<Record<string, ProxyReader>> = {
  balance,
  "hash-type": hashType,
  "hash-balance-factor": hashBalanceFactor,
};
