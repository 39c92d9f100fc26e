import type { Findings } from "../findings.js";
import type { Word } from "../grammar/statement.js";

/** "on", "yes", "true" / "off", "no", "false"; undefined: neither. */
export function truth(text: string): boolean | undefined {
  if (text === "true" || text === "on" || text === "yes") return true;
  if (text === "false" || text === "off" || text === "no") return false;
  return undefined;
}

const prefix = /^[ \t\n\v\f\r]*([+-]?\d+)/;

/**
 * A whole number as keepalived reads it. Wrong letters behind it are an error of its `-t`; its daemon goes on with the
 * number before them, and so does this. Undefined: no number of the range.
 */
export function wholeNumber(findings: Findings, word: Word, least: number, most: number): number | undefined {
  const match = prefix.exec(word.text);
  const value = match ? Number(match[1]) : 0;
  const clean = match !== null && match[0].length === word.text.length;
  if (word.text.trimStart().startsWith("-") && least >= 0) {
    report(findings, word, `negative number '${word.text}'`, least, most);
    return undefined;
  }
  if (!clean) {
    const inRange = match !== null && value >= least && value <= most;
    report(findings, word, `invalid number '${word.text}'`, least, most, inRange ? String(value) : undefined);
    return inRange ? value : undefined;
  }
  if (value < least || value > most) {
    report(findings, word, `number '${word.text}' outside range [${least}, ${most}]`, least, most);
    return undefined;
  }
  return value;
}

function report(
  findings: Findings,
  word: Word,
  message: string,
  least: number,
  most: number,
  instead?: string,
): void {
  findings.add(word.at, "invalid-number", message, {
    remedy: instead === undefined ? `Write a number from ${least} to ${most}.` : `Write ${instead}.`,
    meant: instead,
    instead,
  });
}

/**
 * A number with up to `places` decimals, in units of 10^-places (seconds with 6 places: microseconds). More decimals are
 * an error and are rounded.
 */
export function decimalNumber(
  findings: Findings,
  word: Word,
  least: number,
  most: number,
  places: number,
): number | undefined {
  const { text } = word;
  const show = (value: number) => (value / 10 ** places).toString();
  const range = `from ${show(least)} to ${show(most)}`;
  if (text.startsWith("-")) {
    findings.add(word.at, "invalid-number", `negative number '${text}'`, {
      remedy: `Write a number ${range}.`,
    });
    return undefined;
  }
  const match = /^(\d*)(?:\.(\d*))?/.exec(text)!;
  const fraction = match[2] ?? "";
  if (fraction.length > places)
    findings.add(word.at, "invalid-number", `number '${text}' has too many decimal places`, {
      remedy: `At most ${places} digits may follow the point.`,
    });
  const digits = (match[1] ?? "") + fraction.slice(0, places).padEnd(places, "0");
  const value = Number(digits === "" ? "0" : digits) + ((fraction[places] ?? "0") >= "5" ? 1 : 0);
  if (match[0].length !== text.length || match[0] === "" || match[0] === ".") {
    const usable = match[1] !== "" && value >= least && value <= most;
    findings.add(word.at, "invalid-number", `invalid number '${text}'`, {
      remedy: usable ? `Write ${match[0]}: the unit is fixed.` : `Write a number ${range}.`,
      meant: usable ? match[0] : undefined,
      instead: usable ? match[0] : undefined,
    });
    return usable ? value : undefined;
  }
  if (value < least || value > most) {
    findings.add(
      word.at,
      "invalid-number",
      `number '${text}' outside range [${show(least)}, ${show(most)}]`,
      {
        remedy: `Write a number ${range}.`,
      },
    );
    return undefined;
  }
  return value;
}

/** Seconds with up to six decimals, as milliseconds. `least` and `most` are seconds. */
export function seconds(findings: Findings, word: Word, least: number, most: number): number | undefined {
  const micro = decimalNumber(findings, word, Math.round(least * 1e6), Math.round(most * 1e6), 6);
  return micro === undefined ? undefined : micro / 1000;
}
