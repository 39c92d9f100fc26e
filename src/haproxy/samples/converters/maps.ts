import type { MatchMethod, SampleType } from "../../../config/haproxy/model/index.js";
import { RegexIndex } from "../../patterns/regex-index.js";
import { usable } from "../../patterns/store.js";
import type { Sample } from "../../run/index.js";
import { cast, parseAddress, textOf } from "../cast.js";
import { type ConverterKind, type Converters, text } from "../registry.js";
import { expand } from "../replace.js";
import { sint, str } from "../value.js";

type Output = "str" | "int" | "ip";

const parsers: Readonly<Record<Output, (value: string) => Sample | undefined>> = {
  str,
  int: (value) => (/^\s*[+-]?\d+$/.test(value) ? sint(BigInt(value.trim())) : undefined),
  ip: parseAddress,
};

const inputs: Partial<Record<MatchMethod, SampleType>> = { int: "sint", ip: "addr" };

/** `map_METHOD_OUTPUT(FILE[,DEFAULT])` */
const map = (method: MatchMethod, output: Output, groups = false): ConverterKind => {
  const from = inputs[method] ?? "str";
  return {
    from,
    make: (arguments_, { patterns }, _, place) => {
      const reference = patterns.file(text(arguments_, 0) ?? "", 2, "map", place);
      const matcher = usable(reference.matcher(method, false, { parseValue: parsers[output] }), place);
      const written = text(arguments_, 1);
      const otherwise = written === undefined ? undefined : parsers[output](written);
      if (groups) {
        const { index } = matcher;
        return (sample) => {
          const subject = textOf(sample);
          const found = index instanceof RegexIndex ? index.matchGroups(subject) : undefined;
          if (!found) return otherwise;
          const expanded = expand(found.entry.value ?? "", subject, found.groups);
          return expanded === undefined ? undefined : str(expanded);
        };
      }
      return (sample) => {
        const fitting = cast(sample, from);
        const entry = fitting && matcher.match(fitting);
        if (entry === undefined) return otherwise;
        return entry.value === undefined ? sint(1) : matcher.valueOf(entry);
      };
    },
  };
};

const methods = ["str", "beg", "sub", "dir", "dom", "end", "reg", "int", "ip"] as const;

export const mapConverters: Converters = {
  map: map("str", "str"),
  map_regm: map("reg", "str", true),
  ...Object.fromEntries(
    methods.flatMap((method) => [
      [`map_${method}`, map(method, "str")],
      [`map_${method}_int`, map(method, "int")],
      [`map_${method}_ip`, map(method, "ip")],
      [`map_${method}_str`, map(method, "str")],
    ]),
  ),
};
