import { Mistake } from "../grammar/mistake.js";
import type { Argument } from "../model/expression.js";
import type { Place } from "../model/place.js";
import { argumentOf, type RawArgument } from "./argument-list.js";
import type { Where } from "./expression.js";
import type { ConverterName, FetchName } from "./names.js";
import { variableIn, variableNamed } from "./variable-name.js";

type Raw = readonly RawArgument[];

const plain = (raw: Raw, here: string) => raw.map((one) => argumentOf(one, here));
const variable = (text: string): Argument => ({ kind: "variable", ...variableNamed(text) });

/** The arguments of a fetch, looked at as its own check does (val_args). References are kept for the end. */
export function fetchArguments(fetch: FetchName, raw: Raw, where: Where, place: Place): readonly Argument[] {
  const args = plain(raw, where.directive.proxy?.name ?? "");
  refer(args, raw, where, fetch.name, undefined, place);
  const text = (index: number) => raw[index]?.text ?? "";
  if (fetch.name === "var") return [variable(text(0)), ...args.slice(1)];
  if (/(^|[._])f?hdr(_ip|_val)?$|^hdr/.test(fetch.name) && raw.length > 1) {
    if (Number(text(1)) < -10) throw new Mistake("header occurrence must be >= -10");
  }
  if (fetch.name === "bool" && !/^(true|false|0|1)$/i.test(text(0)))
    throw new Mistake("Expects 'true', 'false', '0' or '1'");
  if (fetch.name === "uuid" && raw.length > 0 && text(0) !== "4")
    throw new Mistake(`Unsupported UUID version: '${text(0)}'`);
  if (fetch.name === "date" && raw.length > 1 && !/^(s|ms|us)$/.test(text(1)))
    throw new Mistake(`expects 's', 'ms' or 'us', got '${text(1)}'`);
  if (/payload_lv$/.test(fetch.name)) checkPayloadLv(raw);
  return args;
}

function checkPayloadLv(raw: Raw): void {
  if (raw[1] && Number(raw[1].text) < 1) throw new Mistake("payload length must be > 0");
  const start = raw[2]?.text;
  if (start === undefined || start === "") return;
  if (!/^[+-]?\d+$/.test(start)) throw new Mistake("payload offset2 is not a number");
  if (/^-/.test(start) && Number(raw[0]!.text) + Number(raw[1]!.text) + Number(start) < 0)
    throw new Mistake("payload offset2 too negative");
}

const operators = ["add", "and", "div", "mod", "mul", "or", "sub", "xor"];

/** The arguments of a converter, looked at as its own check does. */
export function converterArguments(
  converter: ConverterName,
  raw: Raw,
  where: Where,
  fetch: string,
  place: Place,
): readonly Argument[] {
  const { name } = converter;
  const args = plain(raw, where.directive.proxy?.name ?? "");
  refer(args, raw, where, fetch, name, place);
  const text = (index: number) => raw[index]?.text ?? "";
  if (operators.includes(name)) {
    const found = variableIn(text(0));
    if (found) return [{ kind: "variable", ...found }];
    if (!/^-?\d+$/.test(text(0))) throw new Mistake("expects an integer or a variable name");
    return [{ kind: "sint", value: Number(text(0)) }];
  }
  if (name === "set-var" || name === "unset-var") {
    for (const condition of raw.slice(1)) checkSetCondition(condition.text);
    return [variable(text(0)), ...args.slice(1)];
  }
  if (name === "strcmp" || name === "secure_memcmp") {
    if (text(0) === "") throw new Mistake("missing variable name");
    return [registered(text(0))];
  }
  if (name === "concat" && text(1) !== "") return [args[0]!, registered(text(1)), ...args.slice(2)];
  if (name === "add_item" && text(1) !== "") return [args[0]!, registered(text(1)), ...args.slice(2)];
  if (name === "regsub") {
    const wrong = /[^ig]/.exec(text(2))?.[0];
    if (wrong) throw new Mistake(`invalid regex flag '${wrong}', only 'i' and 'g' are supported`);
    const ignoreCase = text(2).includes("i");
    return [{ kind: "regex", pattern: text(0), ignoreCase }, ...args.slice(1)];
  }
  if (name === "map" || name.startsWith("map_")) {
    where.directive.reading.needFile(
      text(0),
      where.directive,
      place,
      () => `failed to open pattern file <${text(0)}>`,
    );
    return [{ kind: "map", file: text(0) }, ...args.slice(1)];
  }
  if (name === "sha2" && raw.length > 0 && !["224", "256", "384", "512"].includes(text(0)))
    throw new Mistake(`Unsupported number of bits: '${text(0)}'`);
  if (name === "json" && !["", "ascii", "utf8", "utf8s", "utf8p", "utf8ps"].includes(text(0)))
    throw new Mistake(
      "Unexpected input code type. Allowed value are 'ascii', 'utf8', 'utf8s', 'utf8p' and 'utf8ps'",
    );
  if (name === "http_date" && raw.length > 1 && !/^(s|ms|us)$/.test(text(1)))
    throw new Mistake(`expects 's', 'ms' or 'us', got '${text(1)}'`);
  if (name === "aes_gcm_dec" || name === "hmac" || name === "jwt_verify")
    return cryptoArguments(name, args, raw);
  return args;
}

/** Keys, nonces and algorithms may be variables' names. */
function cryptoArguments(name: string, args: readonly Argument[], raw: Raw): readonly Argument[] {
  const first = name === "jwt_verify" ? 0 : 1;
  return args.map((arg, index) => {
    if (index < first) return arg;
    const found = variableIn(raw[index]!.text);
    return found ? { kind: "variable", ...found } : arg;
  });
}

function registered(text: string): Argument {
  const found = variableIn(text);
  if (!found) throw new Mistake(`failed to register variable name '${text}'`);
  return { kind: "variable", ...found };
}

const setConditions = [
  "ifexists",
  "ifnotexists",
  "ifempty",
  "ifnotempty",
  "ifset",
  "ifnotset",
  "ifgt",
  "iflt",
];

/** Conditions of set-var (vars.c, vars_parse_cond_param). */
export function checkSetCondition(text: string): void {
  if (!setConditions.includes(text))
    throw new Mistake(`unknown condition "${text}"`, {
      remedy: `The conditions are ${setConditions.join(", ")}.`,
    });
}

/** Keeps references for when all sections are read. */
function refer(
  args: readonly Argument[],
  raw: Raw,
  where: Where,
  fetch: string,
  converter: string | undefined,
  place: Place,
): void {
  args.forEach((argument, index) => {
    const written = raw[index]!.text;
    if (["frontend", "backend", "table", "server", "userlist", "regex"].includes(argument.kind))
      where.directive.reading.references.push({
        argument,
        written,
        index,
        fetch,
        converter,
        context: where.context,
        noun: where.noun ?? "sample fetch keyword",
        proxy: where.directive.proxy,
        place,
      });
  });
}
