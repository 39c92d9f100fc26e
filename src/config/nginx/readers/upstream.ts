import { isIP } from "node:net";
import type { Block } from "../block.js";
import { state } from "../directives/additions.js";
import { invalid, Mistake, ofDirective } from "../mistake.js";
import type { BalanceModel, UpstreamServer } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber, parseSize } from "../values/numbers.js";
import { parseMilliseconds, parseSeconds } from "../values/time.js";
import { parseUrl } from "../values/url.js";

type Draft = { -readonly [K in keyof UpstreamServer]: UpstreamServer[K] };

/** `server ADDRESS …` of an upstream block, with what the open nginx 1.22 lacks: resolve, service=, route=, slow_start=. */
export function readUpstreamServer(defaultPort: number | undefined) {
  return (
    statement: Statement,
    block: Block,
    before: readonly UpstreamServer[] | undefined,
  ): readonly UpstreamServer[] => {
    if (block.own(state) !== undefined)
      throw ofDirective(statement, 'is incompatible with "state"', { code: "state-and-server" });
    const word = statement.words[0]!;
    const draft: Draft = {
      name: word.text,
      host: "",
      port: undefined,
      path: undefined,
      weight: 1,
      maxConns: 0,
      maxFails: 1,
      failTimeout: 10,
      slowStartMs: 0,
      backup: false,
      down: false,
      drain: false,
      resolve: false,
      service: undefined,
      route: undefined,
      place: word.place,
    };
    for (const option of statement.words.slice(1))
      if (!serverOption(option.text, draft, defaultPort !== undefined)) throw invalid("parameter", option);
    if (draft.service !== undefined && !draft.resolve)
      throw wrongService(`service upstream "${word.text}" requires "resolve" parameter`, word);
    const url = parseUrl(word.text, defaultPort === undefined ? {} : { defaultPort });
    if (typeof url === "string")
      throw new Mistake(`${url} in upstream "${word.text}"`, { code: "invalid-upstream", word });
    if (draft.service !== undefined && !url.noPort)
      throw wrongService(`service upstream "${word.text}" may not have port`, word);
    if (draft.service !== undefined && (url.path !== undefined || isIP(url.host) !== 0))
      throw wrongService(`service upstream "${word.text}" requires domain name`, word);
    if (defaultPort === undefined && url.noPort && url.path === undefined && draft.service === undefined)
      throw new Mistake(`no port in upstream "${word.text}"`, { code: "invalid-upstream", word });
    draft.host = url.host;
    draft.port = url.noPort ? undefined : url.port;
    draft.path = url.path;
    return [...(before ?? []), draft];
  };
}

const wrongService = (message: string, word: Word) => new Mistake(message, { code: "service", word });

/** Takes an option; false: nginx has none such, or its value is none. */
function serverOption(text: string, draft: Draft, isHttp: boolean): boolean {
  const equals = text.indexOf("=");
  if (equals < 0) {
    if (text === "backup") draft.backup = true;
    else if (text === "down") draft.down = true;
    else if (text === "drain" && isHttp) draft.drain = true;
    else if (text === "resolve") draft.resolve = true;
    else return false;
    return true;
  }
  const value = text.slice(equals + 1);
  switch (text.slice(0, equals)) {
    case "weight":
      return (draft.weight = parseNumber(value) ?? 0) !== 0;
    case "max_conns":
      return taken(parseNumber(value), (number) => (draft.maxConns = number));
    case "max_fails":
      return taken(parseNumber(value), (number) => (draft.maxFails = number));
    case "fail_timeout":
      return taken(parseSeconds(value), (number) => (draft.failTimeout = number));
    case "slow_start":
      return taken(parseMilliseconds(value), (number) => (draft.slowStartMs = number));
    case "service":
      draft.service = value;
      return value !== "";
    case "route":
      draft.route = value;
      return value !== "" && value.length <= 32;
    default:
      return false;
  }
}

function taken(value: number | undefined, take: (value: number) => void): boolean {
  if (value !== undefined) take(value);
  return value !== undefined;
}

/** What an upstream block says of choosing, once; the last one counts, and nginx warns of it. */
function redefined(before: BalanceModel | undefined, statement: Statement, reading: Reading): void {
  if (before !== undefined)
    reading.warn("balance-redefined", "load balancing method redefined", statement.end);
}

/** ip_hash, least_conn: no words. */
export function balanceBy(kind: "ip_hash" | "least_conn") {
  return (
    statement: Statement,
    _block: Block,
    before: BalanceModel | undefined,
    reading: Reading,
  ): BalanceModel => {
    redefined(before, statement, reading);
    return { kind };
  };
}

/** `hash KEY [consistent]`. */
export function readHash(
  statement: Statement,
  _block: Block,
  before: BalanceModel | undefined,
  reading: Reading,
): BalanceModel {
  redefined(before, statement, reading);
  const [key, how] = statement.words;
  if (how !== undefined && how.text !== "consistent") throw invalid("parameter", how);
  return { kind: "hash", key: { text: key!.text, place: key!.place }, consistent: how !== undefined };
}

/** `random [two [least_conn]]`. */
export function readRandom(
  statement: Statement,
  _block: Block,
  before: BalanceModel | undefined,
  reading: Reading,
): BalanceModel {
  redefined(before, statement, reading);
  const [two, how] = statement.words;
  if (two !== undefined && two.text !== "two") throw invalid("parameter", two);
  if (how !== undefined && how.text !== "least_conn") throw invalid("parameter", how);
  return { kind: "random", two: two !== undefined };
}

/** The least that a zone may have: eight pages. */
export const smallestZone = 8 * 4096;

/** `zone NAME [SIZE]`. */
export function readZone(owner: string) {
  return (
    statement: Statement,
    _block: Block,
    _before: unknown,
    reading: Reading,
  ): { readonly name: string; readonly size: number } => {
    const [name, bytes] = statement.words;
    if (name!.text === "") throw invalid("zone name", name!);
    const size = bytes === undefined ? 0 : parseSize(bytes.text);
    if (size === undefined) throw invalid("zone size", bytes!);
    if (bytes !== undefined && size < smallestZone)
      throw new Mistake(`zone "${name!.text}" is too small`, { code: "zone-too-small", word: bytes });
    reading.zone(name!.text, size, owner, statement);
    return { name: name!.text, size };
  };
}
