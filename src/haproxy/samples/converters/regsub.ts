import { compileRegex } from "../../../regex/index.js";
import { textOf } from "../cast.js";
import { type ConverterKind, type Converters, text } from "../registry.js";
import { replaceMatches } from "../replace.js";
import { str } from "../value.js";

/** `regsub(REGEX,REPLACEMENT[,FLAGS])`; flags are "g" (all) and "i". */
const regsub: ConverterKind = {
  from: "str",
  make: (arguments_) => {
    const pattern = text(arguments_, 0) ?? "";
    const replacement = text(arguments_, 1) ?? "";
    const flags = text(arguments_, 2) ?? "";
    const argument = arguments_[0];
    const ignoreCase = flags.includes("i") || (argument?.kind === "regex" && argument.ignoreCase);
    const regex = compileRegex(pattern, { ignoreCase });
    const anchored = /\^|\\A/.test(pattern);
    return (sample) => str(replaceMatches(textOf(sample), regex, anchored, replacement, flags.includes("g")));
  },
};

export const regsubConverters: Converters = { regsub };
