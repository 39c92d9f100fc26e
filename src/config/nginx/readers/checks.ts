import type { Block } from "../block.js";
import { duplicate, invalid, Mistake } from "../mistake.js";
import type { HealthCheck, MatchRule, Queue } from "../model/index.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber } from "../values/numbers.js";
import { parseMilliseconds, parseSeconds } from "../values/time.js";
import { checkRegex } from "./regex.js";

type Draft = { -readonly [K in keyof HealthCheck]: HealthCheck[K] };

/** `health_check …`, as NGINX Plus documents it (ngx_http_upstream_hc_module, ngx_stream_upstream_hc_module). */
export function readHealthCheck(
  statement: Statement,
  block: Block,
  before: HealthCheck | undefined,
): HealthCheck {
  if (before !== undefined) throw duplicate(statement);
  const draft: Draft = {
    intervalMs: 5000,
    jitterMs: 0,
    fails: 1,
    passes: 1,
    uri: "/",
    mandatory: false,
    persistent: false,
    match: undefined,
    port: undefined,
    keepaliveTimeMs: 0,
    udp: false,
    place: statement.name.place,
  };
  const others = block.context === "location" ? ofStream : ofHttp;
  for (const word of statement.words)
    if (others.test(word.text) || !checkOption(word, draft)) throw invalid("parameter", word);
  if (draft.persistent && !draft.mandatory)
    throw new Mistake('"persistent" needs "mandatory"', { code: "missing-parameter", word: statement.name });
  return draft;
}

const ofHttp = /^(?:uri|keepalive_time)=/;
const ofStream = /^udp$/;

/** Takes an option; false: there is none such, or its value is none. */
function checkOption(word: Word, draft: Draft): boolean {
  if (word.text === "mandatory" || word.text === "persistent" || word.text === "udp") {
    draft[word.text] = true;
    return true;
  }
  const [, name, value = ""] = /^([a-z_]+)=(.+)$/s.exec(word.text) ?? [];
  const time = parseMilliseconds(value);
  const number = parseNumber(value) || undefined;
  if (name === "interval" && time) draft.intervalMs = time;
  else if (name === "jitter" && time !== undefined) draft.jitterMs = time;
  else if (name === "keepalive_time" && time !== undefined) draft.keepaliveTimeMs = time;
  else if (name === "fails" && number) draft.fails = number;
  else if (name === "passes" && number) draft.passes = number;
  else if (name === "port" && number !== undefined && number < 65536) draft.port = number;
  else if (name === "uri" && value.startsWith("/")) draft.uri = value;
  else if (name === "match") draft.match = value;
  else return false;
  return true;
}

/** `match NAME { … }`. */
export function readMatchName(statement: Statement, block: Block): string {
  const word = statement.words[0]!;
  if (block.all("match").some((other) => other.statement?.words[0]?.text === word.text))
    throw new Mistake(`duplicate match "${word.text}"`, { code: "duplicate-match", word });
  return word.text;
}

/** `status [!] CODE | FROM-TO …`. */
export function readStatusRule(statement: Statement): MatchRule {
  const [first, ...rest] = statement.words as readonly [Word, ...Word[]];
  const negated = first.text === "!";
  const ranges = (negated ? rest : statement.words).map((word) => {
    const [, from, to = from] = /^([1-9][0-9]{2})(?:-([1-9][0-9]{2}))?$/.exec(word.text) ?? [];
    if (from === undefined || Number(from) > Number(to)) throw invalid("status", word);
    return [Number(from), Number(to)] as const;
  });
  if (ranges.length === 0) throw invalid("status", first);
  return { kind: "status", negated, ranges };
}

/** `header [!] NAME`, `header NAME =|!=|~|!~ VALUE`. */
export function readHeaderRule(statement: Statement): MatchRule {
  const [first, second, third] = statement.words as readonly [Word, Word?, Word?];
  if (first.text === "!" && second !== undefined && third === undefined)
    return { kind: "header-present", name: second.text, negated: true };
  if (second === undefined) return { kind: "header-present", name: first.text, negated: false };
  const operator = /^(!?)([=~])$/.exec(second.text);
  if (operator === null || third === undefined)
    throw invalid("condition", second, { remedy: "Say =, !=, ~ or !~ and a value." });
  const regex = operator[2] === "~";
  if (regex) checkRegex(third.text, third);
  return { kind: "header", name: first.text, regex, value: third.text, negated: operator[1] === "!" };
}

/** `body ~|!~ REGEX`. */
export function readBodyRule(statement: Statement): MatchRule {
  const [operator, regex] = statement.words as readonly [Word, Word];
  if (operator.text !== "~" && operator.text !== "!~")
    throw invalid("condition", operator, { remedy: "Say ~ or !~ and an expression." });
  checkRegex(regex.text, regex);
  return { kind: "body", regex: regex.text, negated: operator.text === "!~" };
}

/** `require $variable…`. */
export const readRequireRule = (statement: Statement): MatchRule => ({
  kind: "require",
  variables: statement.words.map(({ text, place }) => ({ text, place })),
});

/** "\x0d" and the like stand for bytes. */
const bytes = (text: string) =>
  text.replaceAll(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** `send TEXT` of stream. */
export const readSendRule = (statement: Statement): MatchRule => ({
  kind: "send",
  text: bytes(statement.words[0]!.text),
});

/** `expect TEXT`, `expect ~ REGEX` of stream. */
export function readExpectRule(statement: Statement): MatchRule {
  const [first, second] = statement.words as readonly [Word, Word?];
  if (second === undefined) return { kind: "expect", regex: false, text: bytes(first.text) };
  if (first.text !== "~") throw invalid("condition", first);
  checkRegex(second.text, second);
  return { kind: "expect", regex: true, text: second.text };
}

/** `queue N [timeout=TIME]`. */
export function readQueue(statement: Statement, _block: Block, before: Queue | undefined): Queue {
  if (before !== undefined) throw duplicate(statement);
  const [count, option] = statement.words as readonly [Word, Word?];
  const length = parseNumber(count.text);
  if (!length) throw invalid("number", count);
  if (option === undefined) return { length, timeoutMs: 60_000 };
  const timeoutMs = option.text.startsWith("timeout=") ? parseMilliseconds(option.text.slice(8)) : undefined;
  if (timeoutMs === undefined) throw invalid("parameter", option);
  return { length, timeoutMs };
}

/** `api [write=on|off]`. */
export interface Api {
  readonly write: boolean;
}

export function readApi(statement: Statement, _block: Block, before: Api | undefined): Api {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0];
  if (word !== undefined && word.text !== "write=on" && word.text !== "write=off")
    throw invalid("parameter", word);
  return { write: word?.text === "write=on" };
}

/** `status_page [refresh=TIME]`: seconds between looks; 0: none by itself. */
export function readStatusPage(statement: Statement, _block: Block, before: number | undefined): number {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0];
  if (word === undefined) return 5;
  const seconds = word.text.startsWith("refresh=") ? parseSeconds(word.text.slice(8)) : undefined;
  if (seconds === undefined) throw invalid("parameter", word);
  return seconds;
}
