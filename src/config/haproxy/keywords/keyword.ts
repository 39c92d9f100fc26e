/** What becomes of a keyword here; `says` is printed when somebody uses it, and stands in the manual. */
export type Status =
  | { readonly kind: "done" }
  /** Done, but for what `says` tells; nothing is printed. */
  | { readonly kind: "differs"; readonly says: string }
  /** Read and kept, but it changes nothing. */
  | { readonly kind: "without-effect"; readonly says: string }
  /** A file that has it isn't run. `says` goes on after the keyword: "'x' isn't there: …". */
  | { readonly kind: "refused"; readonly says: string };

/** A keyword as data: what parser, messages and manual go by. */
export interface Keyword {
  readonly name: string;
  readonly arguments: string;
  /** Words that follow it and are its own. */
  readonly words: number;
  readonly status: Status;
  /** What it is for, in few words. */
  readonly does: string;
  /** What holds where it isn't said; "": nothing, or it goes without saying. */
  readonly otherwise: string;
}

/** "NAME ARGUMENT | what it does | what holds without it"; the words before the first bar are its own. */
function entry(text: string, status: Status): Keyword {
  const [form = "", does = "", otherwise = ""] = text.split(" | ");
  const [name = "", ...words] = form.split(" ");
  return { name, arguments: words.join(" "), words: words.length, status, does, otherwise };
}

export const done = (...texts: readonly string[]): readonly Keyword[] =>
  texts.map((text) => entry(text, { kind: "done" }));

export const differs = (says: string, ...texts: readonly string[]): readonly Keyword[] =>
  texts.map((text) => entry(text, { kind: "differs", says }));

export const withoutEffect = (says: string, ...texts: readonly string[]): readonly Keyword[] =>
  texts.map((text) => entry(text, { kind: "without-effect", says }));

export const refused = (says: string, ...texts: readonly string[]): readonly Keyword[] =>
  texts.map((text) => entry(text, { kind: "refused", says }));

/** A table that finds keywords by name. */
export const table = (...lists: readonly (readonly Keyword[])[]): ReadonlyMap<string, Keyword> =>
  new Map(lists.flat().map((keyword) => [keyword.name, keyword]));
