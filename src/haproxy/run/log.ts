import type { LogTarget } from "../../config/haproxy/model/index.js";

/** Where log lines go: to every target of a list whose levels fit. */
export interface LogBus {
  /** `level` is syslog's, 0 to 7. `structured` is rfc5424's structured data. */
  send(targets: readonly LogTarget[], level: number, tag: string, message: string, structured?: string): void;
  /** A line for a ring alone ("buf0", or a ring section's name), as the converter `debug` writes it. */
  toRing?(ring: string, message: string): void;
  /** Lines that a target didn't take. */
  readonly dropped: number;
}
