import { at } from "../../../config/nginx/mistake.js";
import type { Template } from "../../../config/nginx/model/index.js";
import type { Registry } from "../../variables/registry.js";
import { type Quotable, quotablePieces } from "../quoted.js";
import { type Piece, parseTemplate } from "../template.js";
import { unescapeRedirect } from "../unescape-redirect.js";
import type { Rewritable } from "./rewritable.js";

/** What a `rewrite` makes of a request that matched. */
export interface Replacement<S extends Rewritable> {
  readonly uri: Quotable<S>;
  /** Behind the first "?" that stands in the text itself. */
  readonly args: Quotable<S> | undefined;
  /** The text has a "?" that isn't its last character: arguments of the request follow an "&". */
  readonly hasArgs: boolean;
  /** It doesn't end with "?": the request's arguments stay, behind its own. */
  readonly keepsArgs: boolean;
}

/** @throws Mistake with its place. A redirect's text stays in one piece. */
export function compileReplacement<S extends Rewritable>(
  { text, place }: Template,
  redirects: boolean,
  registry: Registry<S>,
): Replacement<S> {
  const keepsArgs = !text.endsWith("?");
  const pieces = at(place, () => parseTemplate(keepsArgs ? text : text.slice(0, -1)));
  const mark = pieces.findIndex((piece) => piece.kind === "literal" && piece.text.includes("?"));
  const hasArgs = mark >= 0;
  const compile = (those: readonly Piece[]) => quotablePieces(those, registry, place);
  if (!hasArgs || redirects) return { uri: compile(pieces), args: undefined, hasArgs, keepsArgs };
  const marked = pieces[mark] as Piece & { kind: "literal" };
  const split = marked.text.indexOf("?");
  const literal = (part: string): Piece => ({ kind: "literal", text: part });
  return {
    uri: compile([...pieces.slice(0, mark), literal(marked.text.slice(0, split))]),
    args: compile([literal(marked.text.slice(split + 1)), ...pieces.slice(mark + 1)]),
    hasArgs,
    keepsArgs,
  };
}

/** Gives a request another URI (ngx_http_script_regex_end_code); false: it would be empty. */
export function replaceUri<S extends Rewritable>(request: S, replacement: Replacement<S>): boolean {
  const uri = replacement.uri(request, false);
  const own = replacement.args?.(request, request.quotedUri);
  if (!replacement.keepsArgs) request.args = own ?? "";
  else if (own !== undefined) request.args = request.args === "" ? own : `${own}&${request.args}`;
  request.uri = uri;
  return uri !== "";
}

/** Where a redirect leads to. */
export function redirectLocation<S extends Rewritable>(request: S, replacement: Replacement<S>): string {
  const location = unescapeRedirect(replacement.uri(request, request.quotedUri));
  if (!replacement.keepsArgs || request.args === "") return location;
  return `${location}${replacement.hasArgs ? "&" : "?"}${request.args}`;
}
