import type { LogFlags, LogFormat, LogNode } from "../../../config/haproxy/model/index.js";
import { place, readExpression } from "../../samples/testing/expression.js";
import { logVariables } from "../variables.js";

/** For tests: a log-format string taken apart. The configuration's own reader says what is wrong with one. */
export function readFormat(text: string): LogFormat {
  const nodes: LogNode[] = [];
  let base: LogFlags = { quote: false, hex: false, escape: false };
  let plain = "";
  const flush = () => {
    if (plain !== "") nodes.push({ kind: "text", text: plain });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const blanks = /^ +/.exec(rest);
    const node = /^%(?:\{([^}]*)\})?(\[)?/.exec(rest);
    if (blanks) {
      flush();
      nodes.push({ kind: "separator" });
      at += blanks[0].length;
    } else if (rest.startsWith("%%")) {
      plain += "%";
      at += 2;
    } else if (node) {
      flush();
      const flags = changed(base, node[1] ?? "");
      at += node[0].length;
      if (node[2]) {
        const end = closing(text, at);
        nodes.push({ kind: "expression", expression: readExpression(text.slice(at, end)), flags });
        at = end + 1;
        continue;
      }
      const letters = /^[A-Za-z]+/.exec(text.slice(at))?.[0] ?? "";
      const name = [4, 3, 2, 1]
        .map((size) => letters.slice(0, size))
        .find((each) => each === "o" || logVariables[each]);
      if (name === undefined) throw new Error(`no variable ${letters}`);
      at += name.length;
      if (name === "o") base = flags;
      else nodes.push({ kind: "variable", name, flags });
    } else {
      plain += text[at];
      at++;
    }
  }
  flush();
  return { text, nodes, place };
}

function closing(text: string, from: number): number {
  for (let at = from, depth = 0; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")") depth--;
    else if (text[at] === "]" && depth === 0) return at;
  }
  throw new Error(`no ] in ${text}`);
}

function changed(flags: LogFlags, words: string): LogFlags {
  const letters: Readonly<Record<string, "quote" | "hex" | "escape">> = { Q: "quote", X: "hex", E: "escape" };
  const made: Record<"quote" | "hex" | "escape", boolean> = { ...flags };
  for (const word of words.split(",")) {
    const flag = letters[word[1] ?? ""];
    if (flag) made[flag] = word[0] === "+";
  }
  return made;
}
