import type { Block } from "../block.js";
import { duplicate, invalid, Mistake } from "../mistake.js";
import type { Template } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber, parseSize } from "../values/numbers.js";
import { smallestZone } from "./upstream.js";

/** `limit_req_zone KEY zone=NAME:SIZE rate=RATE`; of `limit_conn_zone` the rate is 0. */
export interface LimitZone {
  readonly key: Template;
  readonly name: string;
  readonly size: number;
  /** Thousandths of requests a second. */
  readonly rate: number;
}

/** Reads limit_req_zone and limit_conn_zone. */
export function readLimitZone(owner: string, withRate: boolean) {
  return (
    statement: Statement,
    _block: Block,
    before: readonly LimitZone[] = [],
    reading: Reading,
  ): readonly LimitZone[] => {
    const [key, ...options] = statement.words as readonly [Word, ...Word[]];
    let [name, size, rate] = ["", 0, withRate ? 1000 : 0];
    for (const word of options) {
      const zone = /^zone=([^:]*)(:?)(.*)$/s.exec(word.text);
      if (zone) [name, size] = [zone[1]!, zoneSize(zone[2] === "" ? undefined : zone[3]!, word)];
      else if (withRate && word.text.startsWith("rate=")) rate = rateOf(word);
      else throw invalid("parameter", word);
    }
    if (name === "")
      throw new Mistake(`"${statement.name.text}" must have "zone" parameter`, {
        code: "missing-parameter",
        word: statement.name,
      });
    const bound = before.find((each) => each.name === name);
    reading.zone(name, size, owner, statement);
    if (bound !== undefined)
      throw new Mistake(`${statement.name.text} "${name}" is already bound to key "${bound.key.text}"`, {
        code: "zone-conflict",
        word: statement.name,
      });
    return [...before, { key: { text: key.text, place: key.place }, name, size, rate }];
  };
}

function zoneSize(text: string | undefined, word: Word): number {
  const size = text === undefined ? undefined : parseSize(text);
  if (size === undefined) throw invalid("zone size", word);
  if (size < smallestZone)
    throw new Mistake(`zone "${word.text}" is too small`, { code: "zone-too-small", word });
  return size;
}

function rateOf(word: Word): number {
  const [, digits = "", unit] = /^rate=(.*?)(r\/s|r\/m)?$/s.exec(word.text) ?? [];
  const rate = parseNumber(digits);
  if (!rate) throw invalid("rate", word, { remedy: "Say it as 10r/s or 30r/m." });
  return Math.floor((rate * 1000) / (unit === "r/m" ? 60 : 1));
}

/** `limit_req zone=NAME [burst=N] [nodelay | delay=N]`. */
export interface LimitRequests {
  readonly zone: string;
  readonly burst: number;
  /** Requests above the rate that aren't delayed. */
  readonly delay: number;
}

export function readLimitRequests(
  statement: Statement,
  _block: Block,
  before: readonly LimitRequests[] = [],
  reading: Reading,
): readonly LimitRequests[] {
  let [zone, burst, delay]: [string | undefined, number, number] = [undefined, 0, 0];
  for (const word of statement.words) {
    const [, name = word.text, value = ""] = /^([a-z]+)=(.*)$/s.exec(word.text) ?? [];
    if (name === "zone" && word.text !== name) zone = value;
    else if (name === "burst" && word.text !== name) burst = positive(value, "burst value", word);
    else if (name === "delay" && word.text !== name) delay = positive(value, "delay value", word);
    else if (word.text === "nodelay") delay = Number.POSITIVE_INFINITY;
    else throw invalid("parameter", word);
  }
  if (zone === undefined)
    throw new Mistake(`"${statement.name.text}" must have "zone" parameter`, {
      code: "missing-parameter",
      word: statement.name,
    });
  reading.zone(zone, 0, "limit_req", statement);
  if (before.some((each) => each.zone === zone)) throw duplicate(statement);
  return [...before, { zone, burst, delay }];
}

function positive(text: string, what: string, word: Word): number {
  const value = parseNumber(text);
  if (!value) throw invalid(what, word);
  return value;
}

/** `limit_conn ZONE N`. */
export interface LimitConnections {
  readonly zone: string;
  readonly connections: number;
}

export function readLimitConnections(owner: string) {
  return (
    statement: Statement,
    _block: Block,
    before: readonly LimitConnections[] = [],
    reading: Reading,
  ): readonly LimitConnections[] => {
    const [zone, count] = statement.words as readonly [Word, Word];
    reading.zone(zone.text, 0, owner, statement);
    if (before.some((each) => each.zone === zone.text)) throw duplicate(statement);
    const connections = parseNumber(count.text);
    if (!connections) throw invalid("number of connections", count);
    if (connections > 65535)
      throw new Mistake("connection limit must be less 65536", { code: "out-of-bounds", word: count });
    return [...before, { zone: zone.text, connections }];
  };
}
