import type { Block } from "../block.js";
import { entries } from "../grammar/entries.js";
import { at, Mistake } from "../mistake.js";
import type { MapEntry, MapModel, SplitClientsModel, Template } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { checkRegex } from "./regex.js";
import { variableName } from "./rewrite.js";

const templateOf = (word: Word): Template => ({ text: word.text, place: word.place });

/** `map SOURCE $variable { … }`. */
export function readMap(
  statement: Statement,
  _block: Block,
  before: readonly MapModel[] = [],
  reading: Reading,
): readonly MapModel[] {
  const [source, variable] = statement.words as readonly [Word, Word];
  const draft = {
    source: templateOf(source),
    variable: variableName(variable),
    hostnames: false,
    volatile: false,
    default: undefined as Template | undefined,
    entries: [] as MapEntry[],
  };
  const seen = new Set<string>();
  for (const entry of entries(statement, reading))
    at(entry.end, () => {
      const { name, words } = entry;
      if (words.length === 0 && name.text === "hostnames") draft.hostnames = true;
      else if (words.length === 0 && name.text === "volatile") draft.volatile = true;
      else if (words.length !== 1)
        throw new Mistake("invalid number of the map parameters", { code: "invalid-map", word: name });
      else if (name.text === "default") {
        if (draft.default !== undefined)
          throw new Mistake("duplicate default map parameter", { code: "duplicate-key", word: name });
        draft.default = templateOf(words[0]!);
      } else draft.entries.push(mapEntry(name, words[0]!, draft.hostnames, seen));
    });
  return [...before, draft];
}

function mapEntry(name: Word, value: Word, hostnames: boolean, seen: Set<string>): MapEntry {
  const { text, place } = name;
  if (text.startsWith("~")) {
    const ignoreCase = text.startsWith("~*");
    const key = text.slice(ignoreCase ? 2 : 1);
    checkRegex(key, name, ignoreCase);
    return { kind: "regex", key, ignoreCase, value: templateOf(value), place };
  }
  const key = (text.startsWith("\\") ? text.slice(1) : text).toLowerCase();
  const kind = hostnames && /^(\*?\.)|\.\*$/.test(key) ? "wildcard" : "exact";
  if (hostnames && !validHostname(key))
    throw new Mistake(`invalid hostname or wildcard "${text}"`, { code: "invalid-hostname", word: name });
  if (seen.has(key))
    throw new Mistake(`conflicting parameter "${key}"`, { code: "duplicate-key", word: name });
  seen.add(key);
  return { kind, key, ignoreCase: false, value: templateOf(value), place };
}

/** A star stands alone at one end, with a dot; no two dots follow each other (ngx_hash_add_key). */
export function validHostname(key: string): boolean {
  const inner = key.replace(/^\*\.|\.\*$/, "");
  return !inner.includes("*") && !key.includes("..") && !/^\*?\.?$/.test(key) && inner !== "";
}

/** `split_clients TEXT $variable { … }`. */
export function readSplitClients(
  statement: Statement,
  _block: Block,
  before: readonly SplitClientsModel[] = [],
  reading: Reading,
): readonly SplitClientsModel[] {
  const [source, variable] = statement.words as readonly [Word, Word];
  const name = variableName(variable);
  const parts: { share: number | undefined; value: string }[] = [];
  for (const { name: share, words, end } of entries(statement, reading))
    at(end, () => parts.push({ share: shareOf(share), value: words[0]?.text ?? "" }));
  const total = parts.reduce((sum, { share = 0 }) => sum + share, 0);
  if (total > 10000)
    throw new Mistake("percent total is greater than 100%", {
      code: "too-much",
      word: statement.name,
      place: statement.close ?? statement.end,
    });
  return [...before, { source: templateOf(source), variable: name, parts }];
}

function shareOf(word: Word): number | undefined {
  if (word.text === "*") return undefined;
  const [, whole, part = ""] = /^([0-9]+)(?:\.([0-9]{0,2}))?%$/.exec(word.text) ?? [];
  const share = whole === undefined ? 0 : Number(whole) * 100 + Number(part.padEnd(2, "0"));
  if (share === 0)
    throw new Mistake(`invalid percent value "${word.text}"`, {
      code: "invalid-value",
      word,
      remedy: "Say it with % and at most two digits behind the point.",
    });
  return share;
}
