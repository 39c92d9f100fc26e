import type { Directive } from "../grammar/directive.js";
import { within } from "../grammar/mistake.js";
import { placeText } from "../model/place.js";
import type { StickTable, StoredType } from "../model/table.js";
import { checkpoint, sourceNames } from "../samples/checkpoints.js";
import { warnOfConflicts } from "../samples/condition.js";
import { expressionAt } from "../samples/expression.js";
import { parseSize, parseTime, wholeNumber } from "../values/numbers.js";
import { forSide, notInDefaults, type ProxyReader } from "./readers.js";
import { conditionAt } from "./rules.js";

/** What a table can store: whether it is a rate (with a period), or an array (with a size). */
const storable: Readonly<Record<string, "plain" | "rate" | "array" | "array-rate">> = {
  server_id: "plain",
  gpt0: "plain",
  gpc0: "plain",
  gpc0_rate: "rate",
  conn_cnt: "plain",
  conn_rate: "rate",
  conn_cur: "plain",
  sess_cnt: "plain",
  sess_rate: "rate",
  http_req_cnt: "plain",
  http_req_rate: "rate",
  http_err_cnt: "plain",
  http_err_rate: "rate",
  bytes_in_cnt: "plain",
  bytes_in_rate: "rate",
  bytes_out_cnt: "plain",
  bytes_out_rate: "rate",
  gpc1: "plain",
  gpc1_rate: "rate",
  server_key: "plain",
  http_fail_cnt: "plain",
  http_fail_rate: "rate",
  gpt: "array",
  gpc: "array",
  gpc_rate: "array-rate",
};
const mostElements = 100;

/** `stick-table …` (from its first word) or `table NAME …` of a peers section (stick_table.c, parse_stick_table). */
export function stickTable(directive: Directive, name: string, inPeers: boolean): StickTable {
  const word = directive.at(0);
  const fail = (message: string, index: number, code = "invalid-value"): never =>
    directive.fail(`${word}: ${message}`, { word: index, code });
  let at = inPeers ? 2 : 1;
  let type: StickTable["type"] | undefined;
  let keyLength = 0;
  let size = 0;
  let expireMs: number | undefined;
  let noPurge = false;
  let peers: string | undefined;
  let serverKey: "name" | "addr" = "name";
  const stores = new Map<string, StoredType>();
  const value = () => {
    at++;
    if (directive.at(at) === "")
      fail(`missing argument after '${directive.at(at - 1)}'.`, at, "missing-argument");
    return directive.at(at++);
  };
  while (directive.at(at) !== "") {
    const keyword = directive.at(at);
    if (keyword === "size") {
      const text = value();
      const found = parseSize(text);
      if (typeof found !== "number")
        return fail(`unexpected character '${found.char}' in argument of 'size'.`, at - 1);
      size = found;
    } else if (keyword === "peers" && !inPeers) {
      peers = value();
    } else if (keyword === "expire") {
      const text = value();
      const time = parseTime(text, "ms");
      if (typeof time !== "number")
        return time.fault === "character"
          ? fail(`unexpected character '${time.char}' in argument of 'expire'.`, at - 1)
          : fail(
              `timer overflow in argument <${text}> to <expire>, maximum value is 2147483647 ms (~24.8 days).`,
              at - 1,
            );
      expireMs = time;
    } else if (keyword === "nopurge") {
      noPurge = true;
      at++;
    } else if (keyword === "type") {
      at++;
      const text = directive.at(at);
      if (text !== "ip" && text !== "ipv6" && text !== "integer" && text !== "string" && text !== "binary")
        return fail(`unknown type '${text}'.`, at);
      type = text;
      keyLength = { ip: 4, ipv6: 16, integer: 4, string: 31, binary: 32 }[text]; // HAProxy's 32 of strings count the byte 0
      at++;
      if ((text === "string" || text === "binary") && directive.at(at) === "len") {
        const length = wholeNumber(directive.at(at + 1)) ?? 0;
        if (length <= 0) return fail(`unknown type '${directive.at(at + 1)}'.`, at + 1);
        keyLength = length;
        at += 2;
      }
    } else if (keyword === "store") {
      at++;
      storedTypes(directive, at, stores);
      at++;
    } else if (keyword === "srvkey") {
      at++;
      const text = directive.at(at);
      if (text !== "name" && text !== "addr")
        return directive.fail(`${word} : unknown server key type '${text}'.`, {
          word: at,
          code: "invalid-value",
        });
      serverKey = text;
      at++;
    } else return fail(`unknown argument '${keyword}'.`, at, "unknown-keyword");
  }
  if (size === 0) return fail("missing size.", at, "missing-argument");
  if (type === undefined) return fail("missing type.", at, "missing-argument");
  return {
    name,
    type,
    keyLength,
    size,
    expireMs,
    noPurge,
    peers,
    writeTo: undefined,
    recvOnly: false,
    stores: [...stores.values()],
    serverKey,
    place: directive.place(),
  };
}

function storedTypes(directive: Directive, index: number, stores: Map<string, StoredType>): void {
  const word = directive.at(0);
  const fail: (message: string) => never = (message) =>
    directive.fail(`${word}: ${message}`, { word: index, code: "invalid-value" });
  for (const part of directive.at(index).match(/[^,(]+(\([^)]*\)?)?/g) ?? []) {
    const [, name = "", written] = /^([^(]*)(?:\((.*))?$/s.exec(part)!;
    if (written !== undefined && !written.endsWith(")"))
      fail(`missing closing parenthesis after store option '${name}'.`);
    const args = written === undefined ? [] : written.slice(0, -1).split(",");
    const kind = Object.hasOwn(storable, name) ? storable[name] : undefined;
    if (!kind) fail(`unknown store option '${name}'.`);
    if (stores.has(name)) {
      directive.warn(`${word}: store option '${name}' already enabled, ignored.`, {
        word: index,
        close: true,
        code: "twice",
      });
      continue;
    }
    const wanted = { plain: 0, rate: 1, array: 1, "array-rate": 2 }[kind];
    if (args.length < wanted || args.slice(0, wanted).includes(""))
      fail(`missing argument to store option '${name}'.`);
    if (args.length > wanted) fail(`unexpected argument to store option '${name}'.`);
    let elements: number | undefined;
    if (kind.startsWith("array")) {
      elements = wholeNumber(args[0]!);
      if (elements === undefined || elements < 1 || elements > mostElements)
        fail(`array size is out of allowed range (1-${mostElements}) for store option '${name}'.`);
    }
    let periodMs: number | undefined;
    if (kind.endsWith("rate")) {
      const time = parseTime(args.at(-1)!, "ms");
      if (typeof time !== "number") fail(`error when processing store option '${name}'.`);
      periodMs = time;
    }
    stores.set(name, { name, periodMs, elements });
  }
  const both = (a: string, b: readonly string[], words: string) => {
    if (stores.has(a) && b.some((one) => stores.has(one)))
      fail(
        `simultaneous usage of '${a}' and '${words}' in a same table is not permitted as '${a}' overrides '${words}'.`,
      );
  };
  both("gpt", ["gpt0"], "gpt0");
  both("gpc", ["gpc0", "gpc1"], "gpc[0/1]");
  both("gpc_rate", ["gpc0_rate", "gpc1_rate"], "gpc[0/1]_rate");
}

/** `stick on|match|store-request|store-response EXPRESSION [table NAME] [if …]` */
const stick: ProxyReader = (directive, proxy) => {
  notInDefaults(directive, proxy);
  if (!forSide(directive, proxy, "backend")) return;
  const kinds: Readonly<
    Record<string, readonly [match: boolean, store: "request" | "response" | undefined]>
  > = {
    on: [true, "request"],
    match: [true, undefined],
    store: [false, "request"],
    "store-request": [false, "request"],
    "store-response": [false, "response"],
  };
  const word = directive.at(1);
  const kind = Object.hasOwn(kinds, word) ? kinds[word] : undefined;
  if (!kind)
    return directive.fail("'stick' expects 'on', 'match', or 'store'.", { word: 1, code: "unknown-keyword" });
  const [match, store] = kind;
  if (directive.at(2) === "")
    directive.fail("'stick' expects a fetch method.", { word: 2, code: "missing-argument" });
  const parsed = within(
    (message) => `'stick': ${message}`,
    () => expressionAt({ directive: directive.with(directive.words, proxy), context: "in stick rule in" }, 2),
  );
  const places = store === "response" ? checkpoint.storeResponse : checkpoint.setServer;
  if (!(parsed.fetch.checkpoints & places))
    directive.fail(
      `'stick': fetch method '${parsed.fetch.name}' extracts information from '${sourceNames(parsed.fetch.sources)}', none of which is available ${store === "response" ? "for 'store-response'" : "during request"}.`,
      { word: 2, code: "fetch-not-available" },
    );
  let at = parsed.next;
  let table: string | undefined;
  if (directive.at(at) === "table") {
    table = directive.at(at + 1);
    at += 2;
  }
  const condition = within(
    (message) => `'stick': error detected while parsing sticking condition : ${message}.`,
    () => conditionAt(directive, proxy, at),
  );
  if (!condition && directive.at(at) !== "")
    directive.fail(`'stick': unknown keyword '${directive.at(at)}'.`, { word: at, code: "unknown-keyword" });
  if (condition) warnOfConflicts(directive, condition, places);
  proxy.stickRules.push({
    match,
    store,
    expression: parsed.expression,
    table,
    condition: condition?.condition,
    place: directive.place(),
    text: directive.text(0, at),
  });
};

const stickTableLine: ProxyReader = (directive, proxy) => {
  if (proxy.kind === "defaults")
    directive.fail("'stick-table' is not supported in 'defaults' section.", { code: "not-in-defaults" });
  const other = directive.reading.tableNamed(proxy.name);
  if (other)
    directive.fail(
      `stick-table name '${proxy.name}' conflicts with table declared in ${other.owner} at ${placeText(other.table.place)}.`,
      { code: "same-name" },
    );
  proxy.stickTable = stickTable(directive, proxy.name, false);
};

export const stickReaders: Readonly<Record<string, ProxyReader>> = { stick, "stick-table": stickTableLine };
