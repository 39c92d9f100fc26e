import type { IpAddress } from "../../../wire/address.js";
import { plainAddress } from "../values/addresses.js";
import { seconds, truth, wholeNumber } from "../values/word-values.js";
import type { Reader, Reading } from "./reading.js";

/** A keyword that stands alone. */
export const flag =
  <D>(set: (draft: D, reading: Reading) => void): Reader<D> =>
  (draft, _statement, reading) =>
    set(draft, reading);

/** "on" or "off"; nothing is "on". */
export const onOff =
  <D>(set: (draft: D, value: boolean) => void): Reader<D> =>
  (draft, statement, { findings }) => {
    const [word] = statement.arguments;
    const value = word ? truth(word.text) : true;
    if (value !== undefined) set(draft, value);
    else
      findings.add(
        word!.at,
        "invalid-value",
        `Invalid value '${word!.text}' for ${statement.word.text} specified`,
        {
          remedy: "Write on or off.",
        },
      );
  };

/** A whole number of a range. */
export const whole =
  <D>(least: number, most: number, set: (draft: D, value: number) => void): Reader<D> =>
  (draft, statement, { findings }) => {
    const [word] = statement.arguments;
    const value = word && wholeNumber(findings, word, least, most);
    if (value !== undefined) set(draft, value);
  };

/** A number that should be at least 1; 0 is an error and becomes 1. */
export const atLeastOne =
  <D>(most: number, set: (draft: D, value: number) => void): Reader<D> =>
  (draft, statement, { findings }) => {
    const [word] = statement.arguments;
    const value = word && wholeNumber(findings, word, 0, most);
    if (value === undefined) return;
    if (value === 0)
      findings.add(
        word!.at,
        "invalid-number",
        `${statement.word.text} must be greater than 0, setting to 1`,
        {
          instead: "1",
          remedy: "Write 1.",
        },
      );
    set(draft, Math.max(1, value));
  };

/** Seconds with decimals; the value is in milliseconds. */
export const time =
  <D>(least: number, most: number, set: (draft: D, value: number) => void): Reader<D> =>
  (draft, statement, { findings }) => {
    const [word] = statement.arguments;
    const value = word && seconds(findings, word, least, most);
    if (value !== undefined) set(draft, value);
  };

/** One word, as it is. */
export const word =
  <D>(set: (draft: D, value: string) => void): Reader<D> =>
  (draft, statement) => {
    const [first] = statement.arguments;
    if (first) set(draft, first.text);
  };

/** One word, of which the first counts; another one is an error. */
export const wordOnce =
  <D>(get: (draft: D) => unknown, set: (draft: D, value: string) => void): Reader<D> =>
  (draft, statement, { findings }) => {
    const [first] = statement.arguments;
    if (!first) return;
    if (get(draft) !== undefined)
      findings.add(
        statement.word.at,
        "duplicate",
        `${statement.word.text} already specified - ignoring ${first.text}`,
        {
          remedy: "Take one of them away.",
        },
      );
    else set(draft, first.text);
  };

/** An address. */
export const address =
  <D>(what: string, set: (draft: D, value: IpAddress, reading: Reading) => void): Reader<D> =>
  (draft, statement, reading) => {
    const [first] = statement.arguments;
    if (!first) return;
    const value = plainAddress(first.text);
    if (value) set(draft, value, reading);
    else
      reading.findings.add(first.at, "invalid-address", `Invalid ${what} address ${first.text} - ignoring`, {
        remedy: "Write an IPv4 or IPv6 address; names are not looked up.",
      });
  };

/** One of some words. */
export function oneOf<T extends string>(text: string, values: readonly T[]): T | undefined {
  return values.find((value) => value === text);
}

/** The one of some words that differs only by capital letters or a letter or two. */
export function meantOf<T extends string>(text: string, values: readonly T[]): T | undefined {
  const folded = text.toUpperCase();
  const same = values.find((value) => value.toUpperCase() === folded);
  if (same) return same;
  return values.find(
    (value) =>
      value.length > 3 &&
      folded.length > 2 &&
      (value.toUpperCase().startsWith(folded) || distance(folded, value.toUpperCase()) <= 1),
  );
}

function distance(a: string, b: string): number {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return Math.max(a.length, b.length) - start - end;
}
