/** Nesting that HAProxy's parser (mjson) follows. */
const deepest = 20;

export type JsonValue =
  | { readonly type: "number"; readonly text: string }
  | { readonly type: "string"; readonly text: string }
  | { readonly type: "true" | "false" | "null" | "array" | "object" };

/** "$.a.b[0]" as a list of keys and indices; undefined of what isn't such a path. */
export function parsePath(path: string): readonly (string | number)[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const steps: (string | number)[] = [];
  for (let rest = path.slice(1); rest !== ""; ) {
    const key = /^\.((?:\\[\s\S]|[^.[\\])+)/.exec(rest);
    const index = /^\[(\d+)\]/.exec(rest);
    if (!key && !index) return undefined;
    steps.push(key ? (key[1] as string).replace(/\\([\s\S])/g, "$1") : Number(index?.[1]));
    rest = rest.slice(((key ?? index) as RegExpExecArray)[0].length);
  }
  return steps;
}

/** What stands at a path in a JSON text; undefined where nothing does, or the text before it isn't JSON. */
export function findJson(text: string, path: readonly (string | number)[]): JsonValue | undefined {
  try {
    return new Finder(text).find(path, 0);
  } catch {
    return undefined;
  }
}

class Finder {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value at the path, of the value that begins here; undefined, and behind that value, where there is none. */
  find(path: readonly (string | number)[], step: number, depth = 0): JsonValue | undefined {
    if (depth > deepest) throw new SyntaxError("too deep");
    const first = this.#next();
    const wanted = path[step];
    if (first === "{") {
      const found = this.#each("}", path, step, depth, typeof wanted === "string" ? wanted : undefined);
      return found ?? (step === path.length ? { type: "object" } : undefined);
    }
    if (first === "[") {
      const found = this.#each("]", path, step, depth, typeof wanted === "number" ? wanted : undefined);
      return found ?? (step === path.length ? { type: "array" } : undefined);
    }
    const value = this.#scalar(first);
    return step === path.length ? value : undefined;
  }

  #each(
    end: "}" | "]",
    path: readonly (string | number)[],
    step: number,
    depth: number,
    wanted: string | number | undefined,
  ): JsonValue | undefined {
    if (this.#peek() === end) {
      this.#at++;
      return undefined;
    }
    for (let index = 0; ; index++) {
      let name: string | number = index;
      if (end === "}") {
        if (this.#next() !== '"') throw new SyntaxError("a key");
        name = this.#string();
        if (this.#next() !== ":") throw new SyntaxError("a colon");
      }
      const here = wanted !== undefined && name === wanted;
      const found = this.find(path, here ? step + 1 : Number.POSITIVE_INFINITY, depth + 1);
      if (here && found) return found;
      const behind = this.#next();
      if (behind === end) return undefined;
      if (behind !== ",") throw new SyntaxError("a comma");
    }
  }

  #scalar(first: string): JsonValue {
    if (first === '"') return { type: "string", text: this.#string() };
    for (const word of ["true", "false", "null"] as const)
      if (this.#text.startsWith(word, this.#at - 1)) {
        this.#at += word.length - 1;
        return { type: word };
      }
    const number = /^-?\d*(?:\.\d*)?(?:[eE][+-]?\d+)?/.exec(
      this.#text.slice(this.#at - 1, this.#at + 400),
    )?.[0];
    if (!number || !/\d/.test(number)) throw new SyntaxError("a value");
    this.#at += number.length - 1;
    return { type: "number", text: number };
  }

  /** As it stands between its quotes. */
  #string(): string {
    const start = this.#at;
    for (; ; this.#at++) {
      const char = this.#text[this.#at];
      if (char === undefined || char === "\0") throw new SyntaxError("a string's end");
      if (char === "\\" && /[bfnrt\\"]/.test(this.#text[this.#at + 1] ?? "")) this.#at++;
      else if (char === '"') return this.#text.slice(start, this.#at++);
    }
  }

  #peek(): string | undefined {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text[this.#at];
  }

  #next(): string {
    const char = this.#peek();
    if (char === undefined) throw new SyntaxError("more");
    this.#at++;
    return char;
  }
}

const escapes: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  "\\": "\\",
  '"': '"',
};

/** A string's bytes; undefined of escapes that mjson gives up on (beyond \u00ff, or unknown). */
export function unescapeJson(text: string): string | undefined {
  let out = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "\\" || at + 1 >= text.length) {
      out += text[at];
      continue;
    }
    const letter = text[at + 1] as string;
    if (letter === "u" && at + 5 < text.length) {
      const digits = /^00([0-9a-fA-F]{2})$/.exec(text.slice(at + 2, at + 6));
      if (!digits) return undefined;
      out += String.fromCharCode(Number.parseInt(digits[1] as string, 16));
      at += 5;
    } else {
      const plain = escapes[letter];
      if (plain === undefined) return undefined;
      out += plain;
      at++;
    }
  }
  return out;
}

/** A number as "%g" prints it: six digits that count. */
export function shortest(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [digits, exponent] = value.toExponential(5).split("e") as [string, string];
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    const size = String(Math.abs(power)).padStart(2, "0");
    return `${digits.replace(/\.?0+$/, "")}e${power < 0 ? "-" : "+"}${size}`;
  }
  const fixed = value.toFixed(Math.max(0, 5 - power));
  return fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed;
}
