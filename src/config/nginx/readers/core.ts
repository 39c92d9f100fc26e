import type { Block } from "../block.js";
import { entries } from "../grammar/entries.js";
import { at, duplicate, invalid, Mistake, ofDirective } from "../mistake.js";
import type { ErrorPage, LocationMatch, Template } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber, parseOffset } from "../values/numbers.js";
import { parseMilliseconds, parseSeconds } from "../values/time.js";
import { isAddress, parseUrl } from "../values/url.js";

const templateOf = (word: Word, text = word.text): Template => ({ text, place: word.place });

/** `root` and `alias`: where files are. */
export interface Root {
  /** Made whole by the prefix, unless it begins with a variable; of `root` without "/" at its end. */
  readonly path: Template;
  readonly alias: boolean;
}

export function readRoot(
  statement: Statement,
  before: Root | undefined,
  match: LocationMatch | undefined,
  reading: Reading,
): Root {
  const name = statement.name.text;
  const alias = name === "alias";
  const word = statement.words[0]!;
  if (before?.alias === alias) throw duplicate(statement);
  const about = { code: "root-and-alias", word: statement.name };
  if (before !== undefined)
    throw new Mistake(
      `"${name}" directive is duplicate, "${before.alias ? "alias" : "root"}" directive was specified earlier`,
      about,
    );
  if (alias && match?.kind === "named")
    throw new Mistake('the "alias" directive cannot be used inside the named location', about);
  for (const variable of ["document_root", "realpath_root"])
    if (word.text.includes(`$${variable}`) || word.text.includes(`\${${variable}}`))
      throw new Mistake(`the $${variable} variable cannot be used in the "${name}" directive`, {
        code: "no-such-variable-here",
        word,
      });
  const text = alias ? word.text : word.text.replace(/\/$/, "");
  return { path: templateOf(word, text.startsWith("$") ? text : reading.fullName(text)), alias };
}

/** `error_page CODE… [=[ANSWER]] URI`. */
export function readErrorPage(
  statement: Statement,
  _block: Block,
  before: readonly ErrorPage[] | undefined,
): readonly ErrorPage[] {
  const { words } = statement;
  const target = words.at(-1)!;
  const said = words.at(-2)!;
  let answer: number | undefined;
  const overwrites = said.text.startsWith("=");
  if (overwrites) {
    if (words.length === 2) throw invalid("value", said);
    answer = said.text === "=" ? 0 : parseNumber(said.text.slice(1));
    if (answer === undefined) throw invalid("value", said);
  }
  const statuses = words.slice(0, overwrites ? -2 : -1).map(statusOf);
  return [...(before ?? []), { statuses, target: templateOf(target), answer }];
}

function statusOf(word: Word): number {
  const status = parseNumber(word.text);
  if (status === undefined || status === 499) throw invalid("value", word);
  if (status < 300 || status > 599)
    throw new Mistake(`value "${word.text}" must be between 300 and 599`, { code: "out-of-bounds", word });
  return status;
}

/** `types { TYPE EXTENSION…; }`: types by extension, lower case. */
export function readTypes(
  statement: Statement,
  _block: Block,
  before: ReadonlyMap<string, string> | undefined,
  reading: Reading,
): ReadonlyMap<string, string> {
  const types = new Map(before);
  for (const entry of entries(statement, reading))
    at(entry.end, () => {
      for (const word of entry.words) {
        const extension = word.text.toLowerCase();
        const old = types.get(extension);
        if (old !== undefined)
          reading.warn(
            "duplicate-extension",
            `duplicate extension "${extension}", content type: "${entry.name.text}", previous content type: "${old}"`,
            entry.end,
          );
        types.set(extension, entry.name.text);
      }
    });
  return types;
}

/** A list of types of content, as gzip_types has it; "*" is all of them. nginx's own is always among them. */
export function readTypeList(
  statement: Statement,
  _block: Block,
  before: readonly string[] | undefined,
  reading: Reading,
): readonly string[] {
  const found = [...(before ?? ["text/html"])];
  for (const word of statement.words) {
    const type = word.text.toLowerCase();
    if (found.includes(type))
      reading.warn("duplicate-type", `duplicate MIME type "${word.text}"`, statement.end);
    else found.push(type);
  }
  return found.includes("*") ? ["*"] : found;
}

const methods = "GET HEAD POST PUT DELETE MKCOL COPY MOVE OPTIONS PROPFIND PROPPATCH LOCK UNLOCK PATCH".split(
  " ",
);

/** `limit_except METHOD… { … }`: methods that the block doesn't count for; GET includes HEAD. */
export function readLimitExcept(statement: Statement, block: Block): readonly string[] {
  if (block.all("limit_except").length > 0) throw duplicate(statement);
  const found = new Set<string>();
  for (const word of statement.words) {
    const method = word.text.toUpperCase();
    if (!methods.includes(method))
      throw invalid("method", word, { remedy: `Say some of ${methods.join(", ")}.` });
    found.add(method);
  }
  if (found.has("GET")) found.add("HEAD");
  return [...found];
}

/** `keepalive_timeout TIMEOUT [HEADER]`. */
export interface KeepaliveTimeout {
  readonly timeoutMs: number;
  /** Seconds of the "Keep-Alive" field; 0: none is sent. */
  readonly header: number;
}

export function readKeepaliveTimeout(
  statement: Statement,
  _block: Block,
  before: KeepaliveTimeout | undefined,
): KeepaliveTimeout {
  if (before !== undefined) throw duplicate(statement);
  const [timeout, header] = statement.words as readonly [Word, Word?];
  const timeoutMs = parseMilliseconds(timeout.text);
  const seconds = header === undefined ? 0 : parseSeconds(header.text);
  if (timeoutMs === undefined || seconds === undefined)
    throw ofDirective(statement, "invalid value", {
      code: "invalid-value",
      word: timeoutMs === undefined ? timeout : header!,
    });
  return { timeoutMs, header: seconds };
}

/** `resolver ADDRESS… [valid=TIME] [ipv4=on|off] [ipv6=on|off] [status_zone=ZONE]`. */
export interface Resolver {
  /** Addresses or names. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** Seconds; undefined: what the answer says. */
  readonly valid: number | undefined;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

export function readResolver(
  statement: Statement,
  _block: Block,
  before: Resolver | undefined,
  _reading: Reading,
): Resolver {
  if (before !== undefined) throw duplicate(statement);
  const servers: { host: string; port: number }[] = [];
  let [valid, ipv4, ipv6]: [number | undefined, boolean, boolean] = [undefined, true, true];
  const wrong = (word: Word) =>
    new Mistake(`invalid parameter: ${word.text}`, { code: "invalid-value", word });
  for (const word of statement.words) {
    const [, name, value = ""] = /^(valid|ipv[46]|status_zone)=(.*)$/s.exec(word.text) ?? [];
    if (name === "valid") {
      valid = parseSeconds(value);
      if (valid === undefined) throw wrong(word);
    } else if (name === "ipv4" || name === "ipv6") {
      if (value !== "on" && value !== "off") throw wrong(word);
      if (name === "ipv4") ipv4 = value === "on";
      else ipv6 = value === "on";
    } else if (name === undefined) {
      const url = parseUrl(word.text, { defaultPort: 53 });
      if (typeof url === "string")
        throw new Mistake(`${url} in resolver "${word.text}"`, { code: "invalid-resolver", word });
      servers.push({ host: url.host, port: url.port });
    }
  }
  if (!ipv4 && !ipv6)
    throw new Mistake('"ipv4" and "ipv6" cannot both be "off"', { code: "no-family", word: statement.name });
  if (servers.length === 0)
    throw new Mistake("no name servers defined", { code: "no-resolver", word: statement.name });
  return { servers, valid, ipv4, ipv6 };
}

/** `directio SIZE | off`: from which size on; undefined by "off". */
export function readDirectio(statement: Statement, _block: Block, before: number | undefined): number {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  if (word.text === "off") return Number.POSITIVE_INFINITY;
  const size = parseOffset(word.text);
  if (size === undefined) throw ofDirective(statement, "invalid value", { code: "invalid-value", word });
  return size;
}

/** `try_files FILE… URI | =CODE`. */
export interface TryFiles {
  readonly files: readonly Template[];
  /** Where to go on, or the status of "=404". */
  readonly last: Template | number;
}

export function readTryFiles(statement: Statement, _block: Block, before: TryFiles | undefined): TryFiles {
  if (before !== undefined) throw duplicate(statement);
  const { words } = statement;
  const last = words.at(-1)!;
  const files = words.slice(0, -1).map((word) => templateOf(word));
  if (!last.text.startsWith("=")) return { files, last: templateOf(last) };
  const status = parseNumber(last.text.slice(1));
  if (status === undefined || status > 999)
    throw new Mistake(`invalid code "${last.text}"`, { code: "invalid-value", word: last });
  return { files, last: status };
}

/** `index FILE…`. */
export function readIndex(
  statement: Statement,
  _block: Block,
  before: readonly Template[] | undefined,
  reading: Reading,
): readonly Template[] {
  const { words } = statement;
  for (const [at, word] of words.entries()) {
    if (word.text === "")
      throw new Mistake(`index "${words[0]!.text}" in "index" directive is invalid`, {
        code: "invalid-value",
        word,
      });
    if (word.text.startsWith("/") && at < words.length - 1)
      reading.warn(
        "absolute-index",
        'only the last index in "index" directive should be absolute',
        statement.end,
      );
  }
  return [...(before ?? []), ...words.map((word) => templateOf(word))];
}

/** `mirror URI | off` and `auth_request URI | off`; "" by "off". */
export function readUriOrOff(statement: Statement, before: readonly string[] | undefined, several: boolean) {
  const word = statement.words[0]!;
  if (before !== undefined && (!several || word.text === "off" || before.length === 0))
    throw duplicate(statement);
  return word.text === "off" ? [] : [...(before ?? []), word.text];
}

/** `PATH [LEVEL [LEVEL [LEVEL]]]` of temporary files. */
export function readTemporaryPath(
  statement: Statement,
  before: string | undefined,
  reading: Reading,
): string {
  if (before !== undefined) throw duplicate(statement);
  for (const word of statement.words.slice(1))
    if (!/^[123]$/.test(word.text))
      throw ofDirective(statement, "invalid value", { code: "invalid-value", word });
  return reading.fullName(statement.words[0]!.text);
}

/** Whether a host needs no resolver. */
export const isLiteral = isAddress;
