/** What a reload_time_file asks for: when, in milliseconds of Date; or why not, in the real one's words. */
export type ReloadTime = { readonly at: number; readonly withDate: boolean } | { readonly wrong: string };

/**
 * Reads "HH:MM:SS", "YY-MM-DD HH:MM:SS" or "YYYY-MM-DD HH:MM:SS", a "Z" behind it for UTC. A time without a date that has passed today
 * is tomorrow's.
 */
export function readReloadTime(text: string, now: number): ReloadTime {
  const match = /^(?:(\d\d(?:\d\d)?)-(\d\d)-(\d\d) )?(\d\d):(\d\d):(\d\d)(Z?)$/.exec(text);
  if (!match) return { wrong: `Reload time ${text} format is incorrect - ignoring` };
  const [, year, month, day, hours, minutes, seconds, zone] = match;
  const utc = zone === "Z";
  const today = new Date(now);
  const date =
    year === undefined
      ? utc
        ? [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()]
        : [today.getFullYear(), today.getMonth(), today.getDate()]
      : [fullYear(year), Number(month) - 1, Number(day)];
  const make = (more: number) => {
    const parts = [
      date[0]!,
      date[1]!,
      date[2]! + more,
      Number(hours),
      Number(minutes),
      Number(seconds),
    ] as const;
    return utc ? Date.UTC(...parts) : new Date(...parts).getTime();
  };
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59 || !isDay(date))
    return { wrong: `Reload time ${text} is not valid - ignoring` };
  const at = make(0);
  if (at > now) return { at, withDate: year !== undefined };
  if (year !== undefined) return { wrong: `Reload time ${text} is in the past - ignoring` };
  return { at: make(1), withDate: false };
}

/** strptime's %y: 69 to 99 are of the last century. */
const fullYear = (text: string): number =>
  text.length === 4 ? Number(text) : Number(text) + (Number(text) < 69 ? 2000 : 1900);

function isDay([year, month, day]: readonly number[]): boolean {
  const date = new Date(Date.UTC(year!, month!, day!));
  return date.getUTCMonth() === month && date.getUTCDate() === day;
}
