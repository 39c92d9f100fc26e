const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (n: number): string => String(n).padStart(2, "0");
const clock = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
const day = (at: Date): string => `${months[at.getMonth()]} ${String(at.getDate()).padStart(2, " ")}`;

/** "Sat Nov 21 01:51:32 2026", as strftime's %c has it in the C locale. */
export const consoleTime = (at: Date): string =>
  `${days[at.getDay()]} ${day(at)} ${clock(at)} ${at.getFullYear()}`;

/** As the real one's log file has it, with the seconds' fraction. */
export const fileTime = (at: Date): string =>
  `${days[at.getDay()]} ${day(at)} ${clock(at)}.${String(at.getMilliseconds()).padStart(3, "0")}000000 ${at.getFullYear()}`;

/**
 * A message to syslog as the C library writes it to /dev/log (RFC 3164, section 4.1, without a host):
 *
 *     <PRI>Mmm dd hh:mm:ss IDENT[PID]: TEXT        PRI = 8 × facility + severity
 */
export const syslogLine = (
  facility: number,
  severity: number,
  ident: string,
  pid: number,
  text: string,
  at: Date,
): string => `<${8 * facility + severity}>${day(at)} ${clock(at)} ${ident}[${pid}]: ${text}`;

/** What servers and other routers say may stand in a message: nobody's terminal is to obey it. */
export const printable = (text: string): string =>
  text.replace(/(?!\t)\p{Cc}/gu, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`);

/** keepalived.log becomes keepalived_vrrp_NAMESPACE_INSTANCE.log: names go before the last dot. */
export function logFileName(file: string, ...names: readonly (string | undefined)[]): string {
  const more = names.filter((name) => name !== undefined).map((name) => `_${name}`);
  const dot = file.lastIndexOf(".");
  const end = dot > file.lastIndexOf("/") + 1 ? dot : file.length;
  return `${file.slice(0, end)}${more.join("")}${file.slice(end)}`;
}
