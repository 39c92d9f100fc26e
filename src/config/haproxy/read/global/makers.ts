import type { Directive } from "../../grammar/directive.js";
import { leadingNumber, parseSize, parseTime } from "../../values/numbers.js";
import type { GlobalDraft } from "../global-draft.js";
import { needed, type SectionReader } from "../readers.js";

type NumberKey = {
  [K in keyof GlobalDraft]-?: GlobalDraft[K] extends number | undefined ? K : never;
}[keyof GlobalDraft];

type TextKey = {
  [K in keyof GlobalDraft]-?: GlobalDraft[K] extends string | undefined ? K : never;
}[keyof GlobalDraft];

type TuneKey = {
  [K in keyof GlobalDraft["tune"]]-?: GlobalDraft["tune"][K] extends number | undefined ? K : never;
}[keyof GlobalDraft["tune"]];

export const anInteger = (directive: Directive) => `'${directive.at(0)}' expects an integer argument.`;

/** Refuses a keyword that was said before. */
export function once(directive: Directive, said: boolean): void {
  if (said)
    directive.fail(`'${directive.at(0)}' already specified. Continuing.`, { code: "twice", fatal: false });
}

/** `KEYWORD NUMBER`, said once */
export const number =
  (key: NumberKey, times = 1): SectionReader =>
  (directive) => {
    const { global } = directive.reading;
    directive.atMost(1);
    once(directive, Boolean(global[key]));
    (global as unknown as Record<string, unknown>)[key] =
      leadingNumber(needed(directive, 1, anInteger(directive))) * times;
  };

export const text =
  (key: TextKey, message: string, options: { readonly once?: boolean } = {}): SectionReader =>
  (directive) => {
    const { global } = directive.reading;
    directive.atMost(1);
    if (options.once) once(directive, global[key] !== undefined);
    (global as unknown as Record<string, unknown>)[key] = needed(
      directive,
      1,
      message.replace("KEYWORD", directive.at(0)),
    );
  };

export const flag =
  (set: (global: GlobalDraft, on: boolean) => void): SectionReader =>
  (directive) => {
    directive.atMost(0);
    set(directive.reading.global, directive.prefix !== "no");
  };

export const delay =
  (set: (global: GlobalDraft, ms: number) => void): SectionReader =>
  (directive) => {
    const word = directive.at(0);
    const value = needed(directive, 1, `'${word}' expects <time> as argument.`);
    const time = parseTime(value, "ms");
    if (typeof time !== "number")
      return directive.fail(
        time.fault === "character"
          ? `unexpected character '${time.char}' in argument to <${word}>.`
          : `timer overflow in argument '${value}' to '${word}' (maximum value is 2147483647 ms or ~24.8 days)`,
        { word: 1, code: "invalid-value" },
      );
    set(directive.reading.global, time);
  };

/** `tune.* NUMBER` */
export const tune =
  (key: TuneKey, least = 0, most = 0x7fffffff): SectionReader =>
  (directive) => {
    directive.atMost(1);
    const value = leadingNumber(needed(directive, 1, anInteger(directive)));
    if (value < least || value > most)
      directive.fail(
        most === 0x7fffffff
          ? `'${directive.at(0)}' expects a positive integer argument.`
          : `'${directive.at(0)}' expects a numeric value between ${least} and ${most}`,
        { word: 1, code: "invalid-value" },
      );
    (directive.reading.global.tune as unknown as Record<string, unknown>)[key] = value;
  };

export const size =
  (key: TuneKey): SectionReader =>
  (directive) => {
    const word = needed(directive, 1, anInteger(directive));
    const value = parseSize(word);
    if (typeof value !== "number")
      directive.fail(`unexpected '${value.char}' in argument to ${directive.at(0)}`, {
        word: 1,
        code: "invalid-value",
      });
    (directive.reading.global.tune as unknown as Record<string, unknown>)[key] = value;
  };

export const list =
  (set: (global: GlobalDraft, words: readonly string[]) => void): SectionReader =>
  (directive) =>
    set(
      directive.reading.global,
      directive.words.slice(1, directive.length).map((word) => word.text),
    );

export const chosen =
  (set: (global: GlobalDraft, word: string) => void, words: readonly string[]): SectionReader =>
  (directive) => {
    directive.atMost(1);
    const word = directive.at(1);
    if (!words.includes(word))
      directive.fail(
        `'${directive.at(0)}' expects ${words.map((one) => `'${one}'`).join(" or ")} as argument.`,
        {
          word: 1,
          code: "invalid-value",
        },
      );
    set(directive.reading.global, word);
  };
