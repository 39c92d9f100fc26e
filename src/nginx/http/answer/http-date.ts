import { months, two } from "../../log/times.js";

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** Seconds since 1970 as RFC 9110 section 5.6.7 has them: "Sun, 06 Nov 1994 08:49:37 GMT". */
export function httpDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  return (
    `${days[date.getUTCDay()]}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} ` +
    `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`
  );
}

const forms = [
  /^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2})/, // RFC 822
  /^\w+, (\d{2})-(\w{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2})/, // RFC 850
] as const;
const asctime = /^\w{3} (\w{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})/;

/** Seconds since 1970 of such a date, in any of its three forms; undefined where it is none. */
export function readHttpDate(text: string): number | undefined {
  for (const form of forms) {
    const found = form.exec(text);
    if (!found) continue;
    const [, day, month, year, hour, minute, second] = found as unknown as string[];
    const full = year!.length === 2 ? Number(year) + (Number(year) < 70 ? 2000 : 1900) : Number(year);
    return secondsOf(full, month!, Number(day), Number(hour), Number(minute), Number(second));
  }
  const found = asctime.exec(text);
  if (!found) return undefined;
  const [, month, day, hour, minute, second, year] = found as unknown as string[];
  return secondsOf(Number(year), month!, Number(day), Number(hour), Number(minute), Number(second));
}

function secondsOf(
  year: number,
  month: string,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  const number = months.indexOf(month as (typeof months)[number]);
  if (number < 0 || hour > 23 || minute > 59 || second > 59 || day < 1 || day > 31) return undefined;
  const at = new Date(Date.UTC(year, number, day, hour, minute, second));
  return at.getUTCDate() === day ? at.getTime() / 1000 : undefined;
}

let current = { seconds: 0, text: "" };

/** The date of now, as Date has it. */
export function dateNow(): string {
  const seconds = Math.floor(Date.now() / 1000);
  if (seconds !== current.seconds) current = { seconds, text: httpDate(seconds) };
  return current.text;
}
