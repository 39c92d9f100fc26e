/** One "name=value" of a Cookie or Set-Cookie field, and what stands around it. */
export interface CookiePart {
  /** As it is to be sent: blanks around "=" are taken away. */
  text: string;
  readonly name: string;
  /** undefined: there was no "=". */
  readonly value: string | undefined;
  /** Blanks before it, and what separates it from the next one. */
  readonly before: string;
  readonly after: string;
}

/** Takes a field's value apart as http_ana.c does: parts end at ";" or "," outside of quotes. */
export function cookieParts(field: string, commaSeparates = true): CookiePart[] {
  const parts: CookiePart[] = [];
  let at = 0;
  while (at < field.length) {
    const begin = at;
    while (at < field.length && isBlank(field, at)) at++;
    const before = field.slice(begin, at);
    const nameStart = at;
    while (at < field.length && field[at] !== "=" && !ends(field, at, commaSeparates)) at++;
    const name = field.slice(nameStart, at).trimEnd();
    let value: string | undefined;
    let text = field.slice(nameStart, at);
    if (field[at] === "=") {
      at++;
      while (at < field.length && isBlank(field, at)) at++;
      const valueStart = at;
      at = valueEnd(field, at);
      const whole = field.slice(valueStart, at);
      value = whole.trimEnd();
      text = `${name}=${whole}`;
    }
    parts.push({ text, name, value, before, after: field[at] ?? "" });
    at++;
  }
  return parts;
}

function isBlank(text: string, at: number): boolean {
  return text[at] === " " || text[at] === "\t";
}

function ends(text: string, at: number, comma: boolean): boolean {
  return text[at] === ";" || (comma && text[at] === ",");
}

/** The end of a value: "," or ";" outside of quotes (http_find_cookie_value_end). */
function valueEnd(text: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (quoted && character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "," || character === ";")) return at;
  }
  return text.length;
}

export function joinCookies(parts: readonly CookiePart[]): string {
  let text = "";
  for (const [at, part] of parts.entries()) {
    text += (at === 0 ? "" : part.before) + part.text;
    if (at < parts.length - 1) text += part.after === "" ? ";" : part.after;
  }
  return text;
}
