import type { Argument } from "../../../config/haproxy/model/index.js";
import { setIf, type VariableCondition, variableName, variablesOf } from "../../variables/index.js";
import { textOf } from "../cast.js";
import { type ConverterKind, type Converters, number, text } from "../registry.js";

/** Converters that give what they are given, and do something with it. */

const nameOf = (argument: Argument | undefined) =>
  argument?.kind === "variable"
    ? argument
    : argument?.kind === "str"
      ? variableName(argument.value)
      : undefined;

const setVariable: ConverterKind = {
  from: "any",
  make: (arguments_, environment) => {
    const variable = nameOf(arguments_[0]);
    const conditions = arguments_
      .slice(1)
      .flatMap((_, at) => text(arguments_, at + 1) || []) as VariableCondition[];
    return (sample, context) => {
      const variables = variable && variablesOf(variable.scope, context, environment.process);
      if (!variable || !variables) return undefined;
      setIf(variables, variable.name, sample, conditions, variable.scope === "proc");
      return sample;
    };
  },
};

const unsetVariable: ConverterKind = {
  from: "any",
  make: (arguments_, environment) => {
    const variable = nameOf(arguments_[0]);
    return (sample, context) => {
      const variables = variable && variablesOf(variable.scope, context, environment.process);
      if (!variable || !variables) return undefined;
      variables.unset(variable.name);
      return sample;
    };
  },
};

/** Keeps a text in one of the front end's capture slots, cut to the slot's length. */
const capture = (side: "request" | "response"): ConverterKind => ({
  from: "str",
  make: (arguments_) => {
    const slot = number(arguments_, 0) ?? 0;
    return (sample, { stream }) => {
      const section = stream?.frontend.section;
      const length = (side === "request" ? section?.requestCaptures : section?.responseCaptures)?.[slot]
        ?.length;
      if (stream === undefined || length === undefined) return undefined;
      const values = side === "request" ? stream.requestCaptures : stream.responseCaptures;
      values[slot] = textOf(sample).slice(0, length);
      return sample;
    };
  },
});

const unprintable = /[^ -~]/g;

/** `debug([PREFIX[,RING]])`: a line about the sample in a ring ("buf0"). */
const debug: ConverterKind = {
  from: "any",
  make: (arguments_, environment) => {
    const prefix = text(arguments_, 0) ?? "";
    const ring = text(arguments_, 1) || "buf0";
    return (sample) => {
      const shown = `<${textOf(sample).replace(unprintable, ".")}>`;
      environment.process.log.toRing?.(ring, `[debug] ${prefix}: type=${sample.type} ${shown}`);
      return sample;
    };
  },
};

export const effectConverters: Converters = {
  "set-var": setVariable,
  "unset-var": unsetVariable,
  "capture-req": capture("request"),
  "capture-res": capture("response"),
  debug,
};
