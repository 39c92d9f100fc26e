import { textOf } from "../cast.js";
import { type ConverterKind, type Converters, text } from "../registry.js";
import { str } from "../value.js";

/** Whether a range of Accept-Language ("en-GB") is one of a language that is offered ("en"). */
function matches(range: string, tag: string): boolean {
  return range === tag || (range.startsWith(tag) && range[tag.length] === "-");
}

/** A weight from 0 to 1000; what isn't one is 1000. */
function weight(text_: string): number {
  const match = /^(\d)(?:\.(\d{0,3}))?/.exec(text_);
  if (!match) return 1000;
  return Math.min(1000, Number(match[1]) * 1000 + Number((match[2] ?? "").padEnd(3, "0")));
}

/** `language("en;fr"[,default])`: of the languages that are offered the one that an Accept-Language field likes best. */
const language: ConverterKind = {
  from: "str",
  make: (arguments_) => {
    const offered = (text(arguments_, 0) ?? "").split(";");
    const otherwise = text(arguments_, 1);
    return (sample) => {
      let best = 0;
      let found = "";
      for (const part of textOf(sample).split(",")) {
        const match = /^\s*([^\s;]+)\s*(?:;\s*(?:q\s*(?:=\s*([\s\S]*))?)?)?/.exec(part);
        if (!match) continue;
        const tag = offered.find((each) => matches(match[1] as string, each));
        if (tag === undefined) continue;
        const value = match[2] === undefined || match[2] === "" ? 1000 : weight(match[2]);
        if (value <= best) continue;
        best = value;
        found = tag;
        if (value >= 1000) break;
      }
      const chosen = found || otherwise;
      return chosen ? str(chosen) : undefined;
    };
  },
};

export const languageConverters: Converters = { language };
