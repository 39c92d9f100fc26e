import { parseArgs } from "node:util";
import type { RondoError } from "../errors.js";
import { usageError } from "./command-io.js";

export type OptionTypes = Readonly<
  Record<string, { type: "string" | "boolean"; short?: string; multiple?: true }>
>;
export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** Reads options and other words; each option once, and at most so many words. */
export function readWords(
  command: string,
  words: readonly string[],
  types: OptionTypes,
  most: number,
): { values: Values; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { ...type, multiple: true as const }]),
  );
  const parsed = parseWords<(string | boolean)[]>(words, options, (message) =>
    usageError(message, helpOf(command)),
  );
  const values: Record<string, string | boolean> = {};
  for (const [name, given] of Object.entries(parsed.values)) {
    if (given!.length > 1) throw usageError(`--${name} is given twice`, helpOf(command));
    values[name] = given![0]!;
  }
  refuseMore(command, parsed.positionals.slice(most));
  return { values, positionals: parsed.positionals };
}

/** Options (a list of values for each that is `multiple`) and other words. Throws what `wrong` makes of a mistake. */
export function parseWords<Value>(
  words: readonly string[],
  options: OptionTypes,
  wrong: (message: string, cause: unknown) => RondoError,
): { values: Record<string, Value | undefined>; positionals: string[] } {
  try {
    const parsed = parseArgs({ args: [...words], options, allowPositionals: true });
    return parsed as { values: Record<string, Value | undefined>; positionals: string[] };
  } catch (error) {
    throw wrong((error as Error).message.split(". To specify")[0]!, error);
  }
}

/** Throws if there are words where none are expected any more. */
export function refuseMore(command: string, [word]: readonly string[]): void {
  if (word !== undefined) throw usageError(`${word}: nothing more is expected here`, helpOf(command));
}

/** Whether a flag stands among the words, and the others. */
export function takeFlag(words: readonly string[], flag: string): { given: boolean; rest: string[] } {
  return { given: words.includes(flag), rest: words.filter((word) => word !== flag) };
}

/** A number of decimal digits alone, if it is one from `least` to `most`. */
export function wholeNumber(text: string, least: number, most: number): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}

const helpOf = (command: string) => `Try \`rondo ${command} --help\`.`;
