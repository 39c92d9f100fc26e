/** A part of a body: from a byte up to, not with, another one. */
export type Range = readonly [number, number];

/**
 * Reads a Range (RFC 9110 section 14.1.2; ngx_http_range_parse).
 *
 * @param length of the whole body
 * @param most as many ranges at most; more: the whole is sent (max_ranges)
 * @returns the ranges; "whole": it is to be overlooked; "unsatisfiable": 416
 */
export function readRanges(text: string, length: number, most: number): Range[] | "whole" | "unsatisfiable" {
  if (text.length < 7 || !/^bytes=/i.test(text)) return "whole";
  const ranges: Range[] = [];
  let size = 0;
  for (const part of text.slice(6).split(",")) {
    const found = /^ *(\d*) *- *(\d*) *$/.exec(part);
    if (!found || (found[1] === "" && found[2] === "")) return "unsatisfiable";
    const [from, to] = ends(found[1] as string, found[2] as string, length);
    if (from >= to) continue;
    ranges.push([from, to]);
    size += to - from;
    if (ranges.length > most) return "whole";
  }
  if (ranges.length === 0) return "unsatisfiable";
  return size > length ? "whole" : ranges;
}

function ends(first: string, last: string, length: number): Range {
  if (first === "") return [Math.max(0, length - Number(last)), length];
  return [Number(first), last === "" ? length : Math.min(length, Number(last) + 1)];
}
