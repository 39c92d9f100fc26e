import type { Headers } from "../../proxy/index.js";

/**
 * The values of all fields of a name, taken apart at commas that don't stand in quotes, without the blanks around them
 * (http_find_header with `full` 0). An empty field gives one empty value.
 */
export function listValues(headers: Headers, name: string): string[] {
  return headers.all(name).flatMap((value) => (value.includes(",") ? split(value) : [value.trim()]));
}

function split(text: string): string[] {
  const values: string[] = [];
  let quoted = false;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (character === "\\" && quoted) at++;
    else if (character === "," && !quoted) {
      values.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  values.push(text.slice(from).trim());
  return values;
}
