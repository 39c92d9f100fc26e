import type { Argument, Call, Expression, Place } from "../../../config/haproxy/model/index.js";

/** For tests: expressions as they are written in a file, with all arguments as texts. The configuration's own reader knows their kinds. */

export const place: Place = { file: "test.cfg", line: 1, column: 1 };

export function readExpression(text: string): Expression {
  const calls: Call[] = [];
  let at = 0;
  while (at < text.length) {
    const name = /^[A-Za-z0-9_.+-]+/.exec(text.slice(at))?.[0];
    if (name === undefined) throw new Error(`no name at ${at} of ${text}`);
    at += name.length;
    const arguments_: Argument[] = [];
    if (text[at] === "(") {
      const read = readArguments(text, at + 1);
      arguments_.push(...read.values.map((value) => ({ kind: "str", value }) as const));
      at = read.end;
    }
    calls.push({ name, arguments: arguments_, place });
    if (text[at] === ",") at++;
  }
  const [fetch, ...converters] = calls;
  return { text, fetch: fetch as Call, converters, type: "str", place };
}

/** As make_arg_list of HAProxy: quotes, and backslashes before quotes, blanks, backslashes, r, n and t. */
function readArguments(text: string, from: number): { readonly values: string[]; readonly end: number } {
  const values: string[] = [];
  let value = "";
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const char = text[at] as string;
    if ((char === '"' || char === "'") && (quote === "" || quote === char)) quote = quote === "" ? char : "";
    else if (char === "\\" && quote !== "'") {
      const next = text[at + 1] as string;
      const plain = { r: "\r", n: "\n", t: "\t" }[next] ?? (/[\\ "']/.test(next) ? next : undefined);
      value += plain ?? "\\";
      if (plain !== undefined) at++;
      else value += text[++at] ?? "";
    } else if (quote === "" && (char === "," || char === ")")) {
      values.push(value);
      value = "";
      if (char === ")")
        return { values: values.length === 1 && values[0] === "" ? [""] : values, end: at + 1 };
    } else value += char;
  }
  throw new Error(`no ) in ${text}`);
}
