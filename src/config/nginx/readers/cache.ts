import type { Block } from "../block.js";
import { duplicate, invalid, Mistake } from "../mistake.js";
import type { Template } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber, parseOffset, parseSize } from "../values/numbers.js";
import { parseMilliseconds, parseSeconds } from "../values/time.js";
import { smallestZone } from "./upstream.js";

/** `proxy_cache ZONE | off`. */
export function readProxyCache(statement: Statement, before: Template | undefined, _block: Block): Template {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  return { text: word.text, place: word.place };
}

/** `proxy_cache_valid [STATUS…] TIME`; 0: any status. */
export interface CacheValid {
  readonly status: number;
  readonly seconds: number;
}

export function readCacheValid(
  statement: Statement,
  _block: Block,
  before: readonly CacheValid[] | undefined,
): readonly CacheValid[] {
  const time = statement.words.at(-1)!;
  const seconds = parseSeconds(time.text);
  if (seconds === undefined) throw invalid("time value", time);
  const words = statement.words.slice(0, -1);
  const statuses = words.length === 0 ? [200, 301, 302] : words.map(statusOf);
  return [...(before ?? []), ...statuses.map((status) => ({ status, seconds }))];
}

function statusOf(word: Word): number {
  if (word.text === "any") return 0;
  const status = parseNumber(word.text);
  if (status === undefined || status < 100 || status > 599) throw invalid("status", word);
  return status;
}

/** `proxy_cache_path PATH keys_zone=NAME:SIZE …`. */
export interface CachePath {
  readonly path: string;
  readonly zone: string;
  readonly zoneSize: number;
  /** How many characters of a key's hash name each level of folders. */
  readonly levels: readonly number[];
  /** Seconds. */
  readonly inactive: number;
  readonly maxSize: number;
  readonly minFree: number;
  readonly useTempPath: boolean;
}

const sizes = { max_size: "maxSize", min_free: "minFree" } as const;
const counts = ["loader_files", "manager_files", "purger_files"];
const times = ["loader_sleep", "loader_threshold", "manager_sleep", "manager_threshold"];

export function readCachePath(
  statement: Statement,
  _block: Block,
  before: readonly CachePath[] = [],
  reading: Reading,
): readonly CachePath[] {
  const [path, ...options] = statement.words as readonly [Word, ...Word[]];
  const draft = {
    path: reading.fullName(path.text.replace(/\/$/, "")),
    zone: "",
    zoneSize: 0,
    levels: [] as readonly number[],
    inactive: 600,
    maxSize: Number.MAX_SAFE_INTEGER,
    minFree: 0,
    useTempPath: true,
  };
  for (const word of options) cacheOption(word, draft);
  if (draft.zone === "")
    throw new Mistake(`"${statement.name.text}" must have "keys_zone" parameter`, {
      code: "missing-parameter",
      word: statement.name,
    });
  if (before.some(({ zone }) => zone === draft.zone))
    throw new Mistake(`duplicate zone "${draft.zone}"`, { code: "zone-conflict", word: statement.name });
  reading.zone(draft.zone, draft.zoneSize, "proxy_cache", statement);
  return [...before, draft];
}

type Draft = { -readonly [K in keyof CachePath]: CachePath[K] };

function cacheOption(word: Word, draft: Draft): void {
  const [, name = "", value = ""] = /^([a-z_]+)=(.*)$/s.exec(word.text) ?? [];
  const need = (number: number | undefined, what: string) => {
    if (number === undefined) throw invalid(what, word);
    return number;
  };
  if (name === "levels") {
    if (!/^[12](:[12]){0,2}$/.test(value))
      throw new Mistake(`invalid "levels" "${word.text}"`, { code: "invalid-value", word });
    draft.levels = value.split(":").map(Number);
  } else if (name === "use_temp_path") {
    if (value !== "on" && value !== "off")
      throw new Mistake(`invalid use_temp_path value "${word.text}", it must be "on" or "off"`, {
        code: "invalid-value",
        word,
      });
    draft.useTempPath = value === "on";
  } else if (name === "keys_zone") {
    const [zone, size] = value.split(":");
    draft.zone = zone!;
    draft.zoneSize = need(size === undefined ? undefined : parseSize(size), "keys zone size");
    // nginx takes two pages for enough here.
    if (draft.zoneSize < smallestZone / 4)
      throw new Mistake(`keys zone "${word.text}" is too small`, { code: "zone-too-small", word });
  } else if (name === "inactive") draft.inactive = need(parseSeconds(value), "inactive value");
  else if (name === "max_size" || name === "min_free")
    draft[sizes[name]] = need(parseOffset(value), `${name} value`);
  else if (counts.includes(name)) need(parseNumber(value), `${name} value`);
  else if (times.includes(name)) need(parseMilliseconds(value), `${name} value`);
  else throw invalid("parameter", word);
}
