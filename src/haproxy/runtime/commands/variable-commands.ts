import { nowhere, type Sample } from "../../run/index.js";
import { type Command, type CommandCall, failure, information, type Reply } from "../command.js";

/** Variables of the process (vars.c). */
export const variableCommands: readonly Command[] = [
  {
    words: ["get", "var"],
    usage: "get var <name>                          : retrieve contents of a process-wide variable",
    level: "operator",
    run: getVariable,
  },
  {
    words: ["set", "var"],
    usage: "set var <name> [fmt|expr] {<fmt>|<expr>}: set variable from an expression or a format",
    level: "operator",
    mode: "experimental",
    run: setVariable,
  },
];

function getVariable({ host, word }: CommandCall): Reply {
  const name = word(2);
  if (name === "") return failure("Missing process-wide variable identifier.\n");
  const sample = name.startsWith("proc.") ? host.process.variables.get(name.slice(5)) : undefined;
  if (sample === undefined) return failure("Variable not found.\n");
  return information(`${name}: type=${sample.type} value=<${displayable(sample)}>`);
}

function displayable(sample: Sample): string {
  const text =
    sample.type === "bin"
      ? sample.value.toString("hex").toUpperCase()
      : sample.type === "bool"
        ? sample.value
          ? "1"
          : "0"
        : String(sample.value);
  return text.replace(/[^ -~]/g, ".");
}

function setVariable({ host, words, word }: CommandCall): Reply {
  const name = word(2);
  if (name === "") return failure("Missing process-wide variable identifier.\n");
  if (word(3) === "") return failure("Missing either 'expr', 'fmt' or expression.\n");
  const long = word(4) !== "";
  if (long && word(3) !== "fmt" && word(3) !== "expr")
    return failure(`'set var': arg type must be either 'expr' or 'fmt' but got '${word(3)}'.\n`);
  if (!name.startsWith("proc."))
    return failure(`'set var': cannot set variable '${name}', only scope 'proc' is permitted here.\n`);
  if (host.evaluate === undefined) return failure("Variables cannot be set in this process.\n");
  const kind = long && word(3) === "fmt" ? "fmt" : "expr";
  const made = host.evaluate(kind, long ? words.slice(4).join(" ") : word(3), nowhere);
  if ("error" in made) return failure(made.error.endsWith("\n") ? made.error : `${made.error}\n`);
  host.process.variables.set(name.slice(5), made.sample);
  return undefined;
}
