import { closeSync, constants, openSync, writeSync } from "node:fs";
import type { Log } from "../../../errors.js";
import { UnixDatagrams } from "../../../sys/index.js";
import type { LogLevel } from "../messages.js";
import type { RoleName } from "../role.js";
import { consoleTime, fileTime, logFileName, printable, syslogLine } from "./log-lines.js";

export interface LogOptions {
  /** -l: to the standard error output. */
  readonly console: boolean;
  /** -D: what is said in detail, too. */
  readonly detail: boolean;
  /** -G: not to syslog. */
  readonly noSyslog: boolean;
  /** -S: 3 is daemon. */
  readonly facility: number;
  /** -g. */
  readonly file?: string;
  /** Where syslog listens; /dev/log. */
  readonly socket?: string;
  readonly write: (text: string) => void;
}

const idents = {
  main: "Keepalived",
  vrrp: "Keepalived_vrrp",
  checker: "Keepalived_healthcheckers",
  bfd: "Keepalived_bfd",
};
const files = { main: undefined, vrrp: "vrrp", checker: "healthcheckers", bfd: "bfd" };
const severities: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 6 };

/** The log of all our processes: console, syslog, file. Without a syslog that listens it goes to the standard error output. */
export class DaemonLog {
  readonly #options: LogOptions;
  #names: readonly string[] = [];
  #syslog: UnixDatagrams | undefined;
  readonly #open = new Map<string, number>();

  constructor(options: LogOptions) {
    this.#options = options;
    if (!options.noSyslog) this.#syslog = new UnixDatagrams(options.socket ?? "/dev/log");
  }

  /** Network namespace and instance, which idents and files have in their names. */
  name(...names: readonly (string | undefined)[]): void {
    this.#names = names.filter((name) => name !== undefined);
  }

  write(role: RoleName | undefined, pid: number, level: LogLevel, message: string): void {
    const { console, detail, file, facility } = this.#options;
    if (level === "debug" && !detail) return;
    const at = new Date();
    const which = role ?? "main";
    for (const text of message.split("\n")) {
      if (text === "") continue;
      const line = printable(text);
      const ident = [idents[which], ...this.#names].join("_");
      const logged = this.#syslog?.send(syslogLine(facility, severities[level], ident, pid, line, at));
      if (console || logged === false) this.#options.write(`${consoleTime(at)}: ${line}\n`);
      if (file !== undefined)
        this.#toFile(logFileName(file, files[which], ...this.#names), `${fileTime(at)}: ${line}\n`);
    }
  }

  /** The log of one process. */
  of(role: RoleName | undefined, pid: number = process.pid): Log {
    const log = (level: LogLevel) => (message: string) => this.write(role, pid, level, message);
    return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  }

  close(): void {
    this.#syslog?.close();
    this.#syslog = undefined;
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #toFile(path: string, line: string): void {
    try {
      let fd = this.#open.get(path);
      if (fd === undefined) {
        const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
        fd = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o644);
        this.#open.set(path, fd);
      }
      writeSync(fd, line);
    } catch {
      // A full disk or a folder that is gone: the other ways are there.
    }
  }
}
