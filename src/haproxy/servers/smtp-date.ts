const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "Sat, 21 Nov 2026 23:10:00 +0000 (UTC)", in local time (RFC 5322, section 3.3). */
export function smtpDate(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const offset = -date.getTimezoneOffset();
  const zone = /\(([^)]+)\)/.exec(date.toString())?.[1] ?? "";
  const name = zone.includes(" ") ? zone.replace(/(\w)\w* ?/g, "$1") : zone;
  return (
    `${days[date.getDay()]}, ${two(date.getDate())} ${months[date.getMonth()]} ${date.getFullYear()}` +
    ` ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}` +
    ` ${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)} (${name})`
  );
}
