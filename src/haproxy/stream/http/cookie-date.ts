/** The digits of dates in persistence cookies (base64.c, s30tob64): five characters of six bits, the highest first. */
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export function dateText(seconds: number): string {
  let value = seconds;
  let text = "";
  for (let digit = 0; digit < 5; digit++) {
    text = digits[value & 63] + text;
    value >>>= 6;
  }
  return text;
}

/** 0 where it is no date. */
export function readDate(text: string): number {
  let value = 0;
  for (let at = 0; at < 5; at++) {
    const digit = digits.indexOf(text[at] ?? "?");
    if (digit < 0 || text[at] === undefined) return 0;
    value = value * 64 + digit;
  }
  return value;
}
