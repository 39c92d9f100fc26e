/** A command line with what came after it as payload. */
export interface Request {
  readonly line: string;
  readonly payload: string | undefined;
}

/**
 * Takes what a client sends apart into requests (cli.c, cli_io_handler): a line ends at a line feed or at a semicolon that no backslash stands
 * before; one that ends in "<<" is followed by a payload, which goes until an empty line. Text is latin1: one character is one byte.
 */
export class RequestReader {
  #pending = "";
  #searched = 0; // of `#pending`, has no end of a line
  #payloadFor: string | undefined;
  #payload: string[] = [];
  #payloadLength = 0;
  readonly #limit: number;
  readonly #payloadLimit: number;
  /** A line or payload was longer than may be: nothing more is read. */
  overflow = false;

  constructor(limit: number, payloadLimit: number) {
    this.#limit = limit;
    this.#payloadLimit = payloadLimit;
  }

  push(text: string): void {
    this.#pending += text;
  }

  /** Something has come that is no whole request yet. */
  get partial(): boolean {
    return this.#pending !== "" || this.#payloadFor !== undefined;
  }

  get inPayload(): boolean {
    return this.#payloadFor !== undefined;
  }

  /** The next request; "payload": a line that opened or went on with a payload (a prompt tells so); undefined: more has to come. */
  next(): Request | "payload" | undefined {
    return this.#payloadFor === undefined ? this.#nextLine() : this.#nextPayloadLine(this.#payloadFor);
  }

  #nextLine(): Request | "payload" | undefined {
    const text = this.#pending;
    for (let at = this.#searched; at < text.length; at++) {
      const character = text[at];
      if (character === "\\") {
        if (at + 1 === text.length) {
          this.#searched = at;
          return this.#tooLong(at, this.#limit);
        }
        at++;
        continue;
      }
      if (character !== "\n" && character !== ";") continue;
      if (at > this.#limit) return this.#tooLong(at, this.#limit);
      this.#pending = text.slice(at + 1);
      this.#searched = 0;
      const line = text.slice(0, text[at - 1] === "\r" ? at - 1 : at);
      if (!line.endsWith("<<")) return { line, payload: undefined };
      this.#payloadFor = line;
      return "payload";
    }
    this.#searched = text.length;
    return this.#tooLong(text.length, this.#limit);
  }

  #nextPayloadLine(line: string): Request | "payload" | undefined {
    const end = this.#pending.indexOf("\n");
    const length = this.#payloadLength + (end < 0 ? this.#pending.length : end);
    if (end < 0 || length > this.#payloadLimit) return this.#tooLong(length, this.#payloadLimit);
    const text = this.#pending.slice(0, this.#pending[end - 1] === "\r" ? end - 1 : end);
    this.#pending = this.#pending.slice(end + 1);
    if (text !== "") {
      this.#payload.push(text);
      this.#payloadLength += text.length + 1;
      return "payload";
    }
    const payload = this.#payload.join("\n");
    this.#payloadFor = undefined;
    this.#payload = [];
    this.#payloadLength = 0;
    return /(^|[ \t])<<$/.test(line) ? { line: line.slice(0, -2), payload } : { line, payload: undefined };
  }

  #tooLong(length: number, limit: number): undefined {
    if (length > limit) this.overflow = true;
    return undefined;
  }
}

const mostWords = 64;

/**
 * The words of a line: between blanks and tabs that no backslash stands before. A backslash goes away and what follows it stands for
 * itself; two are one.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (words.length < mostWords) {
    while (line[at] === " " || line[at] === "\t") at++;
    if (at >= line.length) break;
    let word = "";
    for (; at < line.length && line[at] !== " " && line[at] !== "\t"; at++) {
      if (line[at] === "\\") at++;
      word += line[at] ?? "";
    }
    words.push(word);
  }
  return words;
}
