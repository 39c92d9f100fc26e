import { suggestion } from "../../../nearest.js";
import type { Directive } from "../grammar/directive.js";
import { Mistake, within } from "../grammar/mistake.js";
import type { Call, Expression, SampleType } from "../model/expression.js";
import type { Place } from "../model/place.js";
import { converterArguments, fetchArguments } from "./argument-checks.js";
import { type ArgumentList, ArgumentMistake, argumentList } from "./argument-list.js";
import { canCast } from "./casts.js";
import { checkpoint, sourceNames } from "./checkpoints.js";
import { converterNames, type FetchName, fetchNames } from "./names.js";

/** An expression with what its checks need beside the model. */
export interface Parsed {
  readonly expression: Expression;
  readonly fetch: FetchName;
  /** The first character after it, in its text. */
  readonly end: number;
  /** The first word after it. */
  readonly next: number;
}

/** Where an expression stands, as HAProxy's messages about unknown references say it. */
export interface Where {
  readonly directive: Directive;
  /** "in stick rule in" … (sample.c, smp_resolve_args). */
  readonly context: string;
  /** "sample fetch keyword" or "ACL keyword". */
  readonly noun?: string;
}

const idCharacters = /[A-Za-z0-9_.+:-]*/y;

function idAt(text: string, at: number): string {
  idCharacters.lastIndex = at;
  return idCharacters.exec(text)![0];
}

/** An expression that begins with a word of a line; converters may follow as words of their own. */
export function expressionAt(where: Where, index: number): Parsed {
  return parse(where, where.directive.at(index), 0, index, where.directive.column(index));
}

/** An expression inside a text (`%[…]`): ends where no comma follows. `column` is the text's. */
export function expressionIn(where: Where, text: string, start: number, column: number): Parsed {
  return parse(where, text, start, undefined, column);
}

function parse(
  where: Where,
  first: string,
  start: number,
  index: number | undefined,
  column: number,
): Parsed {
  const { directive } = where;
  const placeAt = (offset: number): Place => ({
    file: directive.file,
    line: directive.line,
    column: column + offset,
  });
  const name = idAt(first, start);
  if (name === "")
    throw new Mistake("missing fetch method", { column: column + start, code: "missing-fetch" });
  const fetch = fetchNames.get(name);
  if (!fetch)
    throw new Mistake(`unknown fetch method '${name}'`, {
      column: column + start,
      code: "unknown-fetch",
      ...remedyFor(name, fetchNames.keys()),
    });
  const list = within(
    (message) => `fetch method '${name}' : ${message}`,
    () => shifted(column, () => argumentList(first, start + name.length, fetch.signature)),
  );
  const fetchPlace = placeAt(start);
  const call: Call = {
    name,
    arguments: within(
      (message) => `invalid args in fetch method '${name}' : ${message}`,
      () => fetchArguments(fetch, list.arguments, where, fetchPlace),
      { column: fetchPlace.column },
    ),
    place: fetchPlace,
  };

  const chain = new Converters(where, fetch, index, first, list.end, column);
  chain.read();
  const text = index === undefined ? first.slice(start, chain.end) : directive.text(index, chain.next);
  const type = chain.calls.length === 0 ? fetch.type : chain.type;
  const expression = { text, fetch: call, converters: chain.calls, type, place: fetchPlace };
  return { expression, fetch, end: chain.end, next: chain.next };
}

/** The converters after a fetch: with commas in one word, and each as a word of its own. */
class Converters {
  readonly calls: Call[] = [];
  type: SampleType;
  next: number;

  constructor(
    private readonly where: Where,
    private readonly fetch: FetchName,
    private readonly index: number | undefined,
    private text: string,
    public end: number,
    private column: number,
  ) {
    this.type = fetch.type;
    this.next = index ?? 0;
  }

  read(): void {
    let last = "";
    for (;;) {
      const { text } = this;
      if (this.end < text.length && text[this.end] !== ",") {
        if (this.index === undefined) return;
        throw new Mistake(
          last
            ? `missing comma after converter '${last}'`
            : `missing comma after fetch keyword '${this.fetch.name}'`,
          { column: this.column + this.end },
        );
      }
      while (text[this.end] === ",") this.end++;
      let isolated = false;
      if (this.end >= text.length) {
        if (this.index === undefined) return;
        this.next++;
        this.text = this.where.directive.at(this.next);
        this.column = this.where.directive.column(this.next);
        this.end = 0;
        if (this.text === "") return;
        isolated = true;
      }
      const name = idAt(this.text, this.end);
      if (isolated && !converterNames.has(name)) return;
      this.#take(name);
      last = name;
    }
  }

  #take(name: string): void {
    const at = this.column + this.end;
    const converter = converterNames.get(name);
    if (!converter)
      throw new Mistake(`unknown converter '${name}'`, {
        column: at,
        code: "unknown-converter",
        ...remedyFor(name, converterNames.keys()),
      });
    if (!canCast(this.type, converter.from))
      throw new Mistake(`converter '${name}' cannot be applied`, {
        column: at,
        code: "wrong-type",
        remedy: `It takes a value of type ${converter.from}; what stands before it gives ${this.type}.`,
      });
    this.type =
      converter.to === "any" || converter.to === "same"
        ? converter.to === "any"
          ? "any"
          : this.type
        : converter.to;
    let list: ArgumentList;
    try {
      list = shifted(this.column, () => argumentList(this.text, this.end + name.length, converter.signature));
    } catch (error) {
      if (!(error instanceof ArgumentMistake)) throw error;
      throw new Mistake(
        `invalid arg ${error.position + 1} in converter '${name}' : ${error.message}`,
        error.about,
      );
    }
    const place = { file: this.where.directive.file, line: this.where.directive.line, column: at };
    const args = within(
      (message) => `invalid args in converter '${name}' : ${message}`,
      () => converterArguments(converter, list.arguments, this.where, this.fetch.name, place),
      { column: at },
    );
    this.calls.push({ name, arguments: args, place });
    this.end = list.end;
  }
}

/** Columns of mistakes in a text become those of the line. */
function shifted<T>(column: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ArgumentMistake && error.about.column !== undefined)
      throw new ArgumentMistake(error.message, error.position, error.about.column + column);
    throw error;
  }
}

function remedyFor(name: string, known: Iterable<string>) {
  const remedy = suggestion(name, [...known]);
  return remedy === undefined ? {} : { remedy };
}

/** Refuses a fetch where its value isn't to be had. `name` is what HAProxy calls it here. */
export function requireAt(parsed: Parsed, places: number, name: string, column: number): void {
  if (parsed.fetch.checkpoints & places) return;
  throw new Mistake(
    `fetch method '${name}' extracts information from '${sourceNames(parsed.fetch.sources)}', none of which is available here`,
    { column, code: "fetch-not-available" },
  );
}

/** Whether a fetch looks at HTTP messages. */
export const needsHttp = (fetch: FetchName): boolean =>
  fetch.sources.some((source) => /^re(quest|sponse)(-headers|-body)?$/.test(source));

export { checkpoint };
