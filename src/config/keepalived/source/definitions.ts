import { blanks, Chars } from "./chars.js";

/** A $NAME with what it stands for; several lines are joined by "\n". */
export interface Definition {
  readonly name: string;
  value: Chars;
  multiline: boolean;
  /** A predefined one that is made anew each time, with the numbers that were written behind it. */
  make?: ((numbers: readonly number[]) => string) | undefined;
  readonly takesNumbers: boolean;
}

/** A use of a definition that was found in a line. */
export interface Use {
  readonly definition: Definition;
  /** Behind its last character. */
  readonly end: number;
  readonly numbers: readonly number[];
}

const definitionLine = /^\$([A-Za-z_][A-Za-z0-9_]*)=/;
const useText = /^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)([ \d]*)\}|([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$))/;

/** The $NAMEs of a configuration. */
export class Definitions {
  readonly #known = new Map<string, Definition>();

  /** Predefines a name whose value is made when it is used. */
  predefine(name: string, make: (numbers: readonly number[]) => string, takesNumbers = false): void {
    this.#known.set(name, { name, value: Chars.empty, multiline: false, make, takesNumbers });
  }

  get names(): string[] {
    return [...this.#known.keys()];
  }

  set(name: string, value: Chars, multiline = false): Definition {
    const old = this.#known.get(name);
    const definition = old ?? { name, value, multiline, takesNumbers: false };
    definition.value = value;
    definition.multiline = multiline;
    delete definition.make; // a predefined one may be replaced
    this.#known.set(name, definition);
    return definition;
  }

  /** Takes a line "$NAME=TEXT"; TEXT that ends in "\" goes on on the next line. Undefined if it is no such line. */
  define(line: Chars): Definition | undefined {
    const match = definitionLine.exec(line.text);
    if (!match) return undefined;
    const start = match[0].length;
    let value = line.slice(start + blanks(line.text, start));
    const multiline = value.text.endsWith("\\");
    if (multiline) {
      const mark = value.slice(value.length - 1);
      value = value.slice(0, value.length - 1).trimEnd();
      if (value.length > 0) value = value.concat(Chars.made("\n", mark.position()));
    }
    return this.set(match[1]!, value, multiline);
  }

  /** The definition that is used at a "$"; one of several lines only where it ends the line. */
  use(line: string, at: number): Use | undefined {
    const match = useText.exec(line.slice(at));
    if (!match) return undefined;
    const words = match[2] ?? "";
    if (/\d $/.test(words)) return undefined;
    const definition = this.#known.get(match[1] ?? match[3]!);
    const end = at + match[0].length;
    if (!definition || (definition.multiline && end !== line.length)) return undefined;
    const numbers = words
      .split(" ")
      .filter((word) => word !== "")
      .map(Number);
    if (numbers.length > 0 && !definition.takesNumbers) return undefined;
    return { definition, end, numbers };
  }
}
