/** Names of months in dates of logs and of HTTP. */
export const months = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
] as const;
/** At least two digits. */
export const two = (number: number): string => (number < 10 ? `0${number}` : `${number}`);

// Times as nginx writes them (ngx_time_update), all in this machine's zone.

/** "+0100", or with a separator "+01:00". */
function zone(date: Date, separator: string): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${separator}${two(size % 60)}`;
}

const clock = (date: Date) => `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
const day = (date: Date, separator: string) =>
  `${date.getFullYear()}${separator}${two(date.getMonth() + 1)}${separator}${two(date.getDate())}`;

/** "28/Sep/1970:12:00:00 +0600" */
export const localTime = (date: Date): string =>
  `${two(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}:${clock(date)} ${zone(date, "")}`;

/** "1970-09-28T12:00:00+06:00" */
export const isoTime = (date: Date): string => `${day(date, "-")}T${clock(date)}${zone(date, ":")}`;

/** "1970/09/28 12:00:00", of the error log. */
export const errorTime = (date: Date): string => `${day(date, "/")} ${clock(date)}`;

/** "Sep 28 12:00:00" of syslog: a day of one digit has a blank before it. */
export const syslogTime = (date: Date): string =>
  `${months[date.getMonth()]} ${String(date.getDate()).padStart(2, " ")} ${clock(date)}`;
