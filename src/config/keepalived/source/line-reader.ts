import type { Findings } from "../findings.js";
import { blanks, Chars } from "./chars.js";
import { decomment } from "./decomment.js";
import { type Definition, Definitions } from "./definitions.js";
import type { FileStack } from "./file-stack.js";
import { readInclude } from "./include.js";
import { readLst, readSeq, type Sequence } from "./sequence.js";

/** keepalived's own limit of a line with its definitions replaced (MAXBUF). */
const longestLine = 1024;
/** More lines than any configuration repeats: ~SEQ within ~SEQ within ~SEQ stops here. */
const mostRepeated = 50_000;

/**
 * The lines that the parser sees: files in the order of their includes, comments gone, lines for other hosts ("@id")
 * left out, definitions replaced, sequences repeated, and each brace on a line of its own. (lib/parser.c, read_line().)
 */
export class LineReader {
  readonly definitions = new Definitions();
  #defining: Definition | undefined;
  #residue: Chars | undefined;
  #lines: Chars | undefined;
  #sequences: Sequence[] = [];
  #sequencesBelow = 0;
  #interrupted: { readonly lines: Chars; readonly sequencesBelow: number }[] = [];
  #count = 0;
  /** The next number of ${_RANDOM}. */
  random: () => number = () => 0;
  /** How many "{" are open. */
  depth = 0;

  constructor(
    readonly files: FileStack,
    readonly findings: Findings,
    readonly configId: string | undefined,
  ) {}

  next(): Chars | undefined {
    for (;;) {
      const line = this.#nextRaw();
      if (!line) return undefined;
      if (this.#defining) {
        this.#define(this.#defining, line);
        continue;
      }
      const expanded = line.length > 0 ? this.#expand(line) : undefined;
      if (!expanded || expanded.length === 0) continue;
      const include = readInclude(expanded.text);
      if (include) {
        const pattern = expanded.slice(include.start);
        this.files.open(pattern.text, include.checks, pattern);
        continue;
      }
      return this.#split(expanded);
    }
  }

  /** A line of what is being repeated or replaced, else of the files. */
  #nextRaw(): Chars | undefined {
    const residue = this.#residue;
    if (residue) {
      this.#residue = undefined;
      return residue;
    }
    while (this.#sequences.length > this.#sequencesBelow) {
      const sequence = this.#sequences.at(-1)!;
      const values = sequence.next();
      if (values && this.#count++ < mostRepeated) {
        for (const [i, name] of sequence.names.entries()) this.definitions.set(name, values[i]!);
        return sequence.text;
      }
      if (values && this.#count === mostRepeated + 1)
        this.findings.add(sequence.text, "sequence", `~SEQ and ~LST repeat more than ${mostRepeated} lines`);
      this.#sequences.pop();
    }
    const lines = this.#lines;
    if (lines) {
      const end = lines.text.indexOf("\n");
      if (end >= 0) {
        this.#lines = lines.slice(end + 1);
        return lines.slice(0, end);
      }
      const interrupted = this.#interrupted.pop();
      this.#lines = interrupted?.lines;
      this.#sequencesBelow = interrupted?.sequencesBelow ?? 0;
      return lines;
    }
    for (;;) {
      const line = this.files.next();
      if (!line) return undefined;
      if (line.length === 0) {
        this.#endDefinition();
        continue;
      }
      const plain = this.#decomment(line);
      if (plain.length > 0) return plain;
    }
  }

  #decomment(line: Chars): Chars {
    return decomment(line, () =>
      this.findings.add(line, "unterminated-quote", `Unterminated quote '${line.text.trim()}'`),
    );
  }

  #endDefinition(): void {
    if (this.#defining && this.#defining.value.length === 0) this.#defining.multiline = false;
    this.#defining = undefined;
  }

  /** Adds a line to a definition of several. */
  #define(definition: Definition, line: Chars): void {
    const more = line.text.endsWith("\\");
    let part = line;
    if (more) {
      part = line.slice(0, line.length - 1).trimEnd();
      if (part.length > 0) part = part.concat(Chars.made("\n", line.position(line.length)));
    }
    definition.value = definition.value.concat(part);
    if (!more) this.#endDefinition();
  }

  /** Does what begins with "@", "$" and "~"; undefined if nothing is left of the line. */
  #expand(first: Chars): Chars | undefined {
    let line = first;
    for (let round = 0; round < 100; round++) {
      if (line.text.startsWith("@")) {
        const rest = this.#forThisHost(line);
        if (!rest) return undefined;
        line = rest;
      }
      const definition = line.text.startsWith("$") ? this.definitions.define(line) : undefined;
      if (definition) {
        if (definition.multiline) this.#defining = definition;
        return undefined;
      }
      if (/^~(SEQ|LST)/.test(line.text)) {
        this.#sequence(line);
        return undefined;
      }
      if (line.text.startsWith("~") || !line.text.includes("$")) return line;
      const replaced = this.#replace(line, true);
      if (!replaced) return line;
      line = this.#decomment(replaced);
      if (!line.text.startsWith("@") && !line.text.includes("$")) {
        if (/^[~]/.test(line.text)) continue;
        return line;
      }
    }
    return line;
  }

  /** What follows "@id" or "@^id", if the line is for this host. */
  #forThisHost(line: Chars): Chars | undefined {
    const match = /^@(\^?)([^ \t]*)[ \t]+/.exec(line.text);
    if (!match) return undefined;
    const same = this.configId !== undefined && match[2] === this.configId;
    return same === (match[1] === "") ? line.slice(match[0].length) : undefined;
  }

  #sequence(line: Chars): void {
    const read = line.text.startsWith("~SEQ")
      ? readSeq(line, (numbers) => this.#replace(numbers, false) ?? numbers)
      : readLst(line);
    if ("mistake" in read) {
      const what = line.text.slice(0, 4);
      this.findings.add(line, "sequence", read.mistake, {
        remedy: `Write ${what}(name, ${what === "~SEQ" ? "first, last" : "value, value"}) and then the line that is to be repeated.`,
      });
    } else this.#sequences.push(read);
  }

  /** The line with its definitions replaced; undefined if it uses none. `lines`: may begin one of several lines. */
  #replace(line: Chars, lines: boolean): Chars | undefined {
    let result = line;
    let found = false;
    let rest: Chars | undefined = this.#lines;
    let at = result.text.indexOf("$");
    for (let uses = 0; at >= 0 && at + 1 < result.length; at = result.text.indexOf("$", at)) {
      const use = this.definitions.use(result.text, at);
      if (!use || (use.definition.multiline && !lines)) {
        at++;
        continue;
      }
      const { definition } = use;
      let value = definition.make
        ? Chars.made(definition.make(use.numbers), result.position(at))
        : definition.value;
      if (definition.multiline) {
        if (rest) this.#interrupted.push({ lines: rest, sequencesBelow: this.#sequencesBelow });
        this.#sequencesBelow = this.#sequences.length;
        const end = value.text.indexOf("\n");
        rest = end < 0 ? Chars.empty : value.slice(end + 1);
        if (end >= 0) value = value.slice(0, end);
      }
      found = true;
      if (++uses > 200 || result.length - (use.end - at) + value.length >= longestLine) {
        this.findings.warn(
          line,
          "long-line",
          `Parameter substitution on line '${line.text}' would exceed maximum line length`,
        );
        return undefined;
      }
      result = result.splice(at, use.end, value);
      if (/^[ \t]*~/.test(value.text)) break;
    }
    if (found) this.#lines = rest;
    return found ? result : undefined;
  }

  /** Ends the line before a brace, or behind one that it begins with; the rest comes next. */
  #split(line: Chars): Chars {
    const { text } = line;
    let cut = text.length;
    if (text[0] === "{" || text[0] === "}") cut = 1;
    else {
      for (let i = 0; i < text.length; i++) {
        if (text[i] === '"') {
          const close = text.indexOf('"', i + 1);
          if (close < 0) break;
          i = close;
        } else if (text[i] === "{" || text[i] === "}") {
          cut = i;
          break;
        }
      }
    }
    const rest = line.slice(cut + blanks(text, cut)).trimEnd();
    if (rest.length > 0) this.#residue = rest;
    const part = line.slice(0, cut).trimEnd();
    if (part.text === "{") this.depth++;
    else if (part.text === "}" && this.depth-- < 1) {
      this.findings.add(part, "extra-brace", "Extra '}' found", {
        remedy: "Take it away, or add the '{' it belongs to.",
      });
      this.depth = 0;
    }
    return part;
  }
}
