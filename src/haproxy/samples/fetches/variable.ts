import { variableArgument } from "../arguments.js";
import { type Fetches, text } from "../registry.js";
import { str } from "../value.js";

/** `var(name[,default])` */
export const variableFetches: Fetches = {
  var: (arguments_, environment) => {
    const read = variableArgument(arguments_[0], environment);
    const otherwise = text(arguments_, 1);
    const standIn = otherwise === undefined ? undefined : str(otherwise);
    return (context) => read?.(context) ?? standIn;
  },
};
