import type { LogTarget } from "../../config/haproxy/model/index.js";
import { isoDate, legacyDate } from "./dates.js";

/** What stands around a log line's text. */
export interface LineAround {
  readonly facility: number;
  readonly level: number;
  readonly tag: string;
  readonly pid: string;
  /** log-send-hostname. */
  readonly host: string | undefined;
  /** RFC 5424's structured data. */
  readonly structured: string | undefined;
  /** Wall clock, ms. */
  readonly date: number;
}

/**
 * What stands before a line's text (build_log_header):
 *
 *     rfc3164   <PRIORITY>Nov 21 01:52:41 HOST TAG[PID]:           (RFC 3164, section 4.1)
 *     local     <PRIORITY>Nov 21 01:52:41 TAG[PID]:
 *     rfc5424   <PRIORITY>1 2026-11-21T01:52:41.479000+00:00 HOST TAG PID - DATA     (RFC 5424, section 6)
 *     timed     <LEVEL>2026-11-21T01:52:41.479000+00:00
 *     iso       2026-11-21T01:52:41.479000+00:00
 *     priority  <PRIORITY>      short  <LEVEL>      raw  nothing
 *
 * A blank follows each. Where no format was written HAProxy takes rfc3164 if the host's name is to be sent, and else local.
 */
export function lineHeader(format: LogTarget["format"], around: LineAround): string {
  const { facility, level, tag, pid, host, structured, date } = around;
  switch (format) {
    case "raw":
      return "";
    case "short":
      return `<${level}>`;
    case "priority":
      return `<${facility * 8 + level}>`;
    case "iso":
      return isoDate(date);
    case "timed":
      return `<${level}>${isoDate(date)}`;
    case "local":
    case "rfc3164": {
      const name = format === "local" ? (host === undefined ? "" : `${host} `) : `${host ?? "localhost"} `;
      return `<${facility * 8 + level}>${legacyDate(date)}${name}${tag}[${pid}]: `;
    }
    case "rfc5424": {
      const data = structured?.replace(/ +$/, "") || "-";
      return `<${facility * 8 + level}>1 ${isoDate(date)}${host ?? "-"} ${tag || "-"} ${pid} - ${data} `;
    }
  }
}
