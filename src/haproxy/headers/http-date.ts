const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * The three forms of a date in HTTP (RFC 9110, section 5.6.7), in seconds since 1970; undefined where it is none of them.
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT | Sunday, 06-Nov-94 08:49:37 GMT | Sun Nov  6 08:49:37 1994
 */
export function httpDate(text: string, nowSeconds = Date.now() / 1000): number | undefined {
  const fixed = /^[a-z]{3}, (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/i.exec(text);
  if (fixed) return seconds(fixed[3], fixed[2], fixed[1], fixed.slice(4));
  const old = /^[a-z]{6,9}, (\d{2})-([a-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/i.exec(text);
  if (old) return seconds(String(century(Number(old[3]), nowSeconds)), old[2], old[1], old.slice(4));
  const asctime = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/i.exec(text);
  if (asctime) return seconds(asctime[6], asctime[1], asctime[2], asctime.slice(3, 6));
  return undefined;
}

/** A year of two digits that seems more than 50 years ahead is of the past. */
function century(year: number, nowSeconds: number): number {
  const now = new Date(nowSeconds * 1000).getUTCFullYear();
  const full = now - (now % 100) + year;
  return full > now + 50 ? full - 100 : full;
}

function seconds(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  time: readonly (string | undefined)[],
): number | undefined {
  const [hour, minute, second] = time.map(Number);
  const index = months.indexOf((month ?? "").toLowerCase());
  if (index < 0 || Number(day) < 1 || Number(day) > 31 || hour! > 23 || minute! > 59 || second! > 60)
    return undefined;
  return Date.UTC(Number(year), index, Number(day), hour, minute, second) / 1000;
}
