import { isIP, isIPv4, isIPv6 } from "node:net";
import { Mistake } from "../grammar/mistake.js";
import type { Argument } from "../model/expression.js";
import type { ArgumentKind, Signature } from "./names.js";

/** An argument with what was written; those whose kind is a reference are looked up when all is read. */
export interface RawArgument {
  readonly kind: ArgumentKind;
  readonly text: string;
}

export interface ArgumentList {
  readonly arguments: readonly RawArgument[];
  /** The first character after the list. */
  readonly end: number;
}

export const kindWords: Readonly<Record<ArgumentKind, string>> = {
  sint: "integer",
  str: "string",
  ipv4: "IPv4 address",
  ipv6: "IPv6 address",
  mask4: "IPv4 mask",
  mask6: "IPv6 mask",
  frontend: "frontend",
  backend: "backend",
  table: "table",
  server: "server",
  userlist: "user list",
  regex: "regex",
  fields: "Protocol buffers field number",
};

/** A list of arguments could not be taken: which of them. */
export class ArgumentMistake extends Mistake {
  constructor(
    message: string,
    readonly position: number,
    column?: number,
  ) {
    super(message, column === undefined ? {} : { column });
  }
}

/**
 * Takes "(a,b)" from `start` on (arg.c, make_arg_list). Where there is no parenthesis, needed arguments are empty: references to "here" may be so.
 */
export function argumentList(text: string, start: number, signature: Signature): ArgumentList {
  const { kinds, least } = signature;
  const bare = text[start] !== "(";
  let at = bare ? start : start + 1;
  const found: RawArgument[] = [];
  const done = (): ArgumentList => {
    if (found.length < least)
      throw new ArgumentMistake(
        `missing arguments (got ${found.length}/${least}), type '${kindWords[kinds[found.length]!]}' expected`,
        found.length,
      );
    if (!bare) {
      if (text[at] !== ")") {
        const rest = text.slice(at);
        const position = found.length > 1 ? found.length - 1 : found.length;
        throw new ArgumentMistake(rest ? `expected ')' before '${rest}'` : "expected ')'", position, at);
      }
      at++;
    }
    return { arguments: found, end: at };
  };
  if (kinds.length === 0 || (bare && least === 0)) return done();

  while (found.length < kinds.length) {
    const kind = kinds[found.length]!;
    const begin = at;
    const word = bare ? { text: "", end: at } : quotedWord(text, at, found.length);
    at = word.end;
    const mayBeEmpty = kind === "str" || isReference(kind);
    if (word.text === "" && !mayBeEmpty) {
      if (found.length >= least) return done();
      throw new ArgumentMistake(
        `expected type '${kindWords[kind]}' at position ${found.length + 1}, but got nothing`,
        found.length,
        begin,
      );
    }
    if (!fits(kind, word.text))
      throw new ArgumentMistake(
        `failed to parse '${word.text}' as type '${kindWords[kind]}' at position ${found.length + 1}`,
        found.length,
        begin,
      );
    found.push({ kind, text: word.text });
    if (bare || text[at] !== "," || found.length >= kinds.length) break;
    at++;
  }
  return done();
}

const references: readonly ArgumentKind[] = ["frontend", "backend", "table", "server", "userlist", "regex"];
const isReference = (kind: ArgumentKind) => references.includes(kind);

/** One argument up to its comma or parenthesis; quotes and backslashes are once more taken away here. */
function quotedWord(text: string, start: number, position: number): { text: string; end: number } {
  let out = "";
  let quote = "";
  let at = start;
  while (at < text.length) {
    const char = text[at]!;
    if ((char === '"' && quote !== "'") || (char === "'" && quote !== '"')) {
      quote = quote ? "" : char;
      at++;
    } else if (char === "\\" && quote !== "'") {
      const next = text[at + 1];
      if (next === undefined) throw new ArgumentMistake(`unquoted backslash in '${text}'`, position, at);
      const plain = { r: "\r", n: "\n", t: "\t", "\\": "\\", " ": " ", '"': '"', "'": "'" }[next];
      out += plain ?? char;
      at += plain === undefined ? 1 : 2;
    } else {
      if (!quote && (char === "," || char === ")")) break;
      out += char;
      at++;
    }
  }
  return { text: out, end: at };
}

function fits(kind: ArgumentKind, text: string): boolean {
  switch (kind) {
    case "sint":
      return /^-?\d+$/.test(text);
    case "ipv4":
      return isIPv4(text);
    case "ipv6":
      return isIPv6(text);
    case "mask4":
      return (/^\d+$/.test(text) && Number(text) <= 32) || isIPv4(text);
    case "mask6":
      return (/^\d+$/.test(text) && Number(text) <= 128) || isIP(text) === 6;
    case "fields":
      return /^\d+(\.\d+)*$/.test(text);
    default:
      return true;
  }
}

/** Leading one bits of a mask as written ("24", "255.255.255.0", "ffff::"). */
export function maskBits(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  if (isIPv4(text)) {
    const bits = text
      .split(".")
      .map((part) => Number(part).toString(2).padStart(8, "0"))
      .join("");
    return bits.indexOf("0") < 0 ? 32 : bits.indexOf("0");
  }
  const ones = text
    .replace(/:+$/, "")
    .split(":")
    .map((part) => Number.parseInt(part, 16).toString(2));
  return ones.join("").replace(/0+$/, "").length;
}

/** What is written, as the model has it; a reference to "here" is the proxy's own name. */
export function argumentOf(raw: RawArgument, here: string): Argument {
  const { kind, text } = raw;
  switch (kind) {
    case "sint":
      return { kind: "sint", value: Number(text) };
    case "ipv4":
    case "ipv6":
      return { kind, value: text };
    case "mask4":
    case "mask6":
      return { kind, value: maskBits(text), ...(/^\d+$/.test(text) ? {} : { text }) };
    case "frontend":
    case "backend":
    case "table":
      return { kind, name: text === "" ? here : text };
    case "userlist":
      return { kind, name: text };
    case "server": {
      const slash = text.lastIndexOf("/");
      return { kind, backend: slash < 0 ? undefined : text.slice(0, slash), name: text.slice(slash + 1) };
    }
    case "regex":
      return { kind, pattern: text, ignoreCase: false };
    default:
      return { kind: "str", value: text };
  }
}
