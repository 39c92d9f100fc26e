/** Dates of log lines, made once for each second. */

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
const three = (value: number): string =>
  value < 10 ? `00${value}` : value < 100 ? `0${value}` : String(value);

/** A text that is the same for a whole second. */
function cached(make: (date: Date) => string): (ms: number) => string {
  let second = Number.NaN;
  let text = "";
  return (ms) => {
    const now = Math.floor(ms / 1000);
    if (now !== second) {
      second = now;
      text = make(new Date(now * 1000));
    }
    return text;
  };
}

const localTime = (date: Date): string =>
  `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;

/** "+0200" or, with a colon, "+02:00". */
function offset(date: Date, colon: string): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${colon}${two(size % 60)}`;
}

const day = cached(
  (date) => `${two(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}:${localTime(date)}.`,
);

/** %t and %tr: "21/Nov/2026:01:52:41.479", in local time. */
export const accessDate = (ms: number): string => day(ms) + three(Math.floor(ms) % 1000);

/** %T and %trg: "21/Nov/2026:01:52:41 +0000". */
export const greenwichDate = cached((date) => {
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`;
});

/** %Tl and %trl: "21/Nov/2026:02:52:41 +0100". */
export const localDate = cached(
  (date) =>
    `${two(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}:${localTime(date)} ${offset(date, "")}`,
);

/** RFC 3164's "Nov 21 01:52:41 " with the day padded by a blank. */
export const legacyDate = cached(
  (date) => `${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${localTime(date)} `,
);

const isoSecond = cached(
  (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${localTime(date)}.`,
);
const isoOffset = cached((date) => offset(date, ":"));

/** RFC 3339 with microseconds: "2026-11-21T01:52:41.479000+00:00 ". */
export const isoDate = (ms: number): string =>
  `${isoSecond(ms)}${three(Math.floor(ms) % 1000)}${three(Math.floor((ms % 1) * 1000))}${isoOffset(ms)} `;

export { three };
