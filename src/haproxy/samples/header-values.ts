import type { Headers } from "../../proxy/index.js";

/** How far back an occurrence may be counted from the end (MAX_HDR_HISTORY). */
const history = 10;

const blank = (text: string, at: number) => {
  const code = text.charCodeAt(at);
  return code === 32 || code === 9 || code === 10 || code === 13;
};

function trimmed(text: string, from: number, to: number): string {
  let begin = from;
  let end = to;
  while (begin < end && blank(text, begin)) begin++;
  while (end > begin && blank(text, end - 1)) end--;
  return begin === 0 && end === text.length ? text : text.slice(begin, end);
}

/** Where a part of a list ends: a separator outside of quotes. */
export function partEnd(text: string, from: number, separators = ","): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (quoted) {
      if (char === "\\") at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (separators.includes(char)) return at;
  }
  return text.length;
}

/** Adds the parts of a field's value, between commas; an empty field has one empty part. */
function addParts(found: string[], value: string): void {
  if (!value.includes(",")) {
    found.push(trimmed(value, 0, value.length));
    return;
  }
  for (let from = 0; ; ) {
    const end = partEnd(value, from);
    found.push(trimmed(value, from, end));
    // HAProxy goes on behind the comma only while something is left: an empty last part isn't one.
    if (end >= value.length - 1) {
      if (end === value.length - 1) found.push("");
      return;
    }
    from = end + 1;
  }
}

/**
 * The values of all fields of a name ("": of all fields), as they came. `lines`: each field is one value (fhdr); otherwise lists are taken
 * apart at their commas (hdr).
 */
export function headerValues(headers: Headers, name: string, lines: boolean): string[] {
  const found: string[] = [];
  const { names, values } = headers;
  for (let at = 0; at < names.length; at++) {
    if (name !== "" && names[at] !== name) continue;
    const value = values[at] as string;
    if (lines) found.push(trimmed(value, 0, value.length));
    else addParts(found, value);
  }
  return found;
}

/** One of them: from 1, or from the end by -1 and below (to -10). */
export function occurrence(values: readonly string[], at: number): string | undefined {
  if (at > 0) return values[at - 1];
  return -at > history || -at > values.length ? undefined : values[values.length + at];
}

/** The first value of a field, as http_find_header finds it. */
export function firstValue(headers: Headers, name: string): string | undefined {
  const value = headers.get(name);
  return value === undefined ? undefined : trimmed(value, 0, partEnd(value, 0));
}
