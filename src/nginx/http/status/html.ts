/** A piece of HTML: what isn't one is text, and is escaped where it is put in. */
export class Html {
  constructor(readonly text: string) {}
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

type Content = string | number | Html | readonly Content[] | undefined;

function textOf(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Html) return content.text;
  if (Array.isArray(content)) return content.map(textOf).join("");
  return String(content).replaceAll(/[&<>"']/g, (character) => entities[character] as string);
}

/** A template whose values are escaped. */
export const html = (pieces: TemplateStringsArray, ...values: readonly Content[]): Html =>
  new Html(pieces.map((piece, at) => piece + textOf(values[at])).join(""));
