import type { Directive } from "../grammar/directive.js";
import type { About } from "../grammar/mistake.js";
import type { ProxyDraft } from "./proxy-draft.js";
import { typeOf } from "./proxy-draft.js";

/** What a keyword of a proxy's section does. */
export type ProxyReader = (directive: Directive, proxy: ProxyDraft) => void;
/** What a keyword of any other section does. */
export type SectionReader = (directive: Directive) => void;

/** Refuses a keyword in a defaults section. */
export function notInDefaults(directive: Directive, proxy: ProxyDraft, close = false): void {
  if (proxy.kind === "defaults")
    directive.fail(`'${directive.at(0)}' not allowed in 'defaults' section.`, {
      close,
      code: "not-in-defaults",
    });
}

/** Refuses a keyword in a defaults section that has no name: nothing could refer to its rules. */
export function notInAnonymousDefaults(directive: Directive, proxy: ProxyDraft): void {
  if (proxy.kind === "defaults" && proxy.name === "")
    directive.fail(`'${directive.at(0)}' not allowed in anonymous 'defaults' section.`, {
      code: "not-in-defaults",
      remedy: "Give the section a name (defaults NAME) and the proxies that use it `from NAME`.",
    });
}

/** Warns where a proxy hasn't the side that a keyword is for; says whether it has. */
export function forSide(
  directive: Directive,
  proxy: ProxyDraft,
  side: "frontend" | "backend",
  options: { readonly word?: number; readonly hint?: string } = {},
): boolean {
  if (side === "frontend" ? proxy.frontend : proxy.backend) return true;
  const name = directive.at(options.word ?? 0);
  directive.warn(
    `'${name}' ignored because ${typeOf(proxy)} '${proxy.name}' has no ${side} capability.${options.hint ?? ""}`,
    { word: options.word ?? 0, code: "no-such-side" },
  );
  return false;
}

/** A word that is needed, or HAProxy's words for its absence. */
export function needed(directive: Directive, index: number, message: string, about: About = {}): string {
  const word = directive.at(index);
  if (word === "") directive.fail(message, { word: index, code: "missing-argument", ...about });
  return word;
}

const nameCharacters = /[^A-Za-z0-9_:.-]/;

/** The first character that a name may not have (tools.c, invalid_char). */
export const wrongCharacter = (name: string): string | undefined => nameCharacters.exec(name)?.[0];
