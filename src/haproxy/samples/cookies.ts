import type { Headers } from "../../proxy/index.js";
import { headerValues, partEnd } from "./header-values.js";

const blank = (char: string | undefined) => char === " " || char === "\t";

/**
 * The values of cookies of a name ("": of all) in Cookie fields (`list`) or Set-Cookie fields, of which only the first attribute has a name
 * (http_extract_cookie_value). Those whose name begins with "$" don't count.
 */
export function cookieValues(headers: Headers, name: string, list: boolean): string[] {
  const found: string[] = [];
  for (const line of headerValues(headers, list ? "cookie" : "set-cookie", false)) {
    if (line.length < name.length + 1) continue;
    let from = 0;
    while (from + name.length + 1 < line.length) {
      let begin = from;
      while (begin < line.length && blank(line[begin])) begin++;
      let equal = begin;
      let end = begin;
      while (
        equal < line.length &&
        line[equal] !== "=" &&
        line[equal] !== ";" &&
        !(list && line[equal] === ",")
      ) {
        if (!blank(line[equal++])) end = equal;
      }
      let next = equal;
      let value: string | undefined;
      if (line[equal] === "=") {
        let start = equal + 1;
        while (start < line.length && blank(line[start])) start++;
        next = partEnd(line, start, ",;");
        let stop = next;
        while (stop > start && blank(line[stop - 1])) stop--;
        if (line[begin] !== "$") value = line.slice(start, stop);
      }
      from = next + 1;
      if (value !== undefined && (name === "" || line.slice(begin, end) === name)) found.push(value);
      else if (value !== undefined && !list) break;
    }
  }
  return found;
}
