const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: number;
  readonly yearday: number;
  /** Minutes east of Greenwich. */
  readonly offset: number;
  readonly zone: string;
  readonly epoch: number;
}

function partsOf(date: Date, zone: "local" | "utc"): Parts {
  const offset = zone === "utc" ? 0 : -date.getTimezoneOffset();
  const shifted = new Date(date.getTime() + offset * 60_000);
  const year = shifted.getUTCFullYear();
  return {
    year,
    month: shifted.getUTCMonth(),
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    weekday: shifted.getUTCDay(),
    yearday: Math.floor((shifted.getTime() - Date.UTC(year, 0, 1)) / 86_400_000),
    offset,
    zone: zone === "utc" ? "GMT" : zoneName(date),
    epoch: Math.floor(date.getTime() / 1000),
  };
}

/** "CET", as the C library names it. */
function zoneName(date: Date): string {
  const name = Intl.DateTimeFormat("en-US", { timeZoneName: "short" })
    .formatToParts(date)
    .find(({ type }) => type === "timeZoneName")?.value;
  return name ?? "";
}

/** The week of ISO 8601 and the year that it belongs to. */
function isoWeek({ year, yearday, weekday }: Parts): { readonly week: number; readonly year: number } {
  const monday = (weekday + 6) % 7;
  const week = Math.floor((yearday - monday + 10) / 7);
  const longYear = (of: number) => {
    const first = new Date(Date.UTC(of, 0, 1)).getUTCDay();
    const leap = new Date(Date.UTC(of, 1, 29)).getUTCMonth() === 1;
    return first === 4 || (leap && first === 3) ? 53 : 52;
  };
  if (week < 1) return { week: longYear(year - 1), year: year - 1 };
  return week > longYear(year) ? { week: 1, year: year + 1 } : { week, year };
}

const zero = (value: number, width: number) => String(value).padStart(width, "0");
const blank = (value: number, width: number) => String(value).padStart(width);
const twelve = (hour: number) => hour % 12 || 12;

function offsetText(offset: number): string {
  const size = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${zero(Math.floor(size / 60), 2)}${zero(size % 60, 2)}`;
}

const conversions: Readonly<Record<string, (parts: Parts) => string>> = {
  a: ({ weekday }) => (days[weekday] as string).slice(0, 3),
  A: ({ weekday }) => days[weekday] as string,
  b: ({ month }) => (months[month] as string).slice(0, 3),
  B: ({ month }) => months[month] as string,
  c: (parts) => expand("%a %b %e %H:%M:%S %Y", parts),
  C: ({ year }) => zero(Math.floor(year / 100), 2),
  d: ({ day }) => zero(day, 2),
  D: (parts) => expand("%m/%d/%y", parts),
  e: ({ day }) => blank(day, 2),
  F: (parts) => expand("%Y-%m-%d", parts),
  g: (parts) => zero(isoWeek(parts).year % 100, 2),
  G: (parts) => String(isoWeek(parts).year),
  h: ({ month }) => (months[month] as string).slice(0, 3),
  H: ({ hour }) => zero(hour, 2),
  I: ({ hour }) => zero(twelve(hour), 2),
  j: ({ yearday }) => zero(yearday + 1, 3),
  k: ({ hour }) => blank(hour, 2),
  l: ({ hour }) => blank(twelve(hour), 2),
  m: ({ month }) => zero(month + 1, 2),
  M: ({ minute }) => zero(minute, 2),
  n: () => "\n",
  p: ({ hour }) => (hour < 12 ? "AM" : "PM"),
  P: ({ hour }) => (hour < 12 ? "am" : "pm"),
  r: (parts) => expand("%I:%M:%S %p", parts),
  R: (parts) => expand("%H:%M", parts),
  s: ({ epoch }) => String(epoch),
  S: ({ second }) => zero(second, 2),
  t: () => "\t",
  T: (parts) => expand("%H:%M:%S", parts),
  u: ({ weekday }) => String(weekday || 7),
  U: ({ yearday, weekday }) => zero(Math.floor((yearday + 7 - weekday) / 7), 2),
  V: (parts) => zero(isoWeek(parts).week, 2),
  w: ({ weekday }) => String(weekday),
  W: ({ yearday, weekday }) => zero(Math.floor((yearday + 7 - ((weekday + 6) % 7)) / 7), 2),
  x: (parts) => expand("%m/%d/%y", parts),
  X: (parts) => expand("%H:%M:%S", parts),
  y: ({ year }) => zero(year % 100, 2),
  Y: ({ year }) => String(year),
  z: ({ offset }) => offsetText(offset),
  Z: ({ zone }) => zone,
  "%": () => "%",
};

const expand = (format: string, parts: Parts): string =>
  format.replace(/%[EO]?([\s\S])/g, (whole, letter: string) => conversions[letter]?.(parts) ?? whole);

/** strftime(3) in the C locale. */
export function strftime(format: string, date: Date, zone: "local" | "utc"): string {
  return Number.isNaN(date.getTime()) ? "" : expand(format, partsOf(date, zone));
}
