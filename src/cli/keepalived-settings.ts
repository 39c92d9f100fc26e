import { resolve } from "node:path";
import { usageError } from "./command-io.js";
import type { KeepalivedOption, KeepalivedWords } from "./keepalived-words.js";

/** What the command line asks of a daemon. */
export interface KeepalivedSettings {
  readonly file: string;
  readonly configId?: string;
  /** -e: a file that is missing is an error. */
  readonly allFiles: boolean;
  readonly lenient: boolean;
  readonly foreground: boolean;
  readonly choice: {
    readonly vrrp: boolean;
    readonly checker: boolean;
    readonly bfd: boolean;
    readonly all: boolean;
  };
  readonly console: boolean;
  readonly detail: boolean;
  readonly noSyslog: boolean;
  readonly facility: number;
  readonly logFile?: string;
  readonly syslogSocket?: string;
  readonly umask?: number;
  readonly keepVips: boolean;
  readonly keepServices: boolean;
  readonly logAddresses: boolean;
  readonly respawn: boolean;
  readonly dumpConfig: boolean;
  readonly pids: {
    readonly main?: string;
    readonly vrrp?: string;
    readonly checker?: string;
    readonly bfd?: string;
  };
  readonly namespace?: string;
  /** What was asked for and isn't done: sentences. */
  readonly notes: readonly string[];
}

const notDone: Readonly<Record<string, string>> = {
  snmp: "-x: there is no SNMP; `rondo keepalived metrics` has the figures",
  "snmp-agent-socket": "-A: there is no SNMP; `rondo keepalived metrics` has the figures",
  "core-dump": "-m: a core of Node says little of it, and none is written; crashes are in the log",
  "core-dump-pattern": "-M: no core is written, and the kernel's pattern stays; crashes are in the log",
  "no-mem-check": "--no-mem-check: there is nothing of that kind to switch off",
  perf: "--perf: use `node --prof` or perf itself",
  debug: "--debug: -D says all there is to say",
  "release-vips": "-X: VIPs go with every transition away from MASTER, always",
  "flush-log-file": "--flush-log-file: every line is written at once, always",
};

/** Turns options into settings. @throws RondoError "usage" */
export function keepalivedSettings({ said: words }: KeepalivedWords): KeepalivedSettings {
  const has = (name: KeepalivedOption) => words.has(name);
  const path = (name: KeepalivedOption) => {
    const given = words.get(name);
    return given === undefined ? undefined : resolve(given);
  };
  const [main, vrrp, checker, bfd] = [path("pid"), path("vrrp_pid"), path("checkers_pid"), path("bfd_pid")];
  const logFile = has("log-file") ? resolve(words.get("log-file") || "/tmp/keepalived.log") : undefined;
  const umask = has("umask") ? readUmask(words.get("umask")!) : undefined;
  const configId = words.get("config-id");
  const namespace = words.get("namespace");
  const syslogSocket = words.get("syslog-socket");
  const all = has("all");
  return {
    file: resolve(words.get("use-file") ?? "/etc/keepalived/keepalived.conf"),
    ...(configId !== undefined && { configId }),
    allFiles: has("all-config"),
    lenient: has("lenient"),
    foreground: has("dont-fork"),
    choice: { vrrp: all || !has("check"), checker: all || !has("vrrp"), bfd: all || !has("no_bfd"), all },
    console: has("log-console"),
    detail: has("log-detail"),
    noSyslog: has("no-syslog"),
    facility: readFacility(words.get("log-facility")),
    ...(logFile !== undefined && { logFile }),
    ...(syslogSocket !== undefined && { syslogSocket }),
    ...(umask !== undefined && { umask }),
    keepVips: has("dont-release-vrrp"),
    keepServices: has("dont-release-ipvs"),
    logAddresses: has("address-monitoring"),
    respawn: !has("dont-respawn"),
    dumpConfig: has("dump-conf"),
    pids: { ...(main && { main }), ...(vrrp && { vrrp }), ...(checker && { checker }), ...(bfd && { bfd }) },
    ...(namespace !== undefined && { namespace }),
    notes: [...words.keys()].flatMap((name) => notDone[name] ?? []),
  };
}

/** syslog(3): LOG_DAEMON, LOG_USER, LOG_LOCAL0 … 7. */
function readFacility(text: string | undefined): number {
  if (text === undefined || text === "daemon") return 3;
  if (text === "user") return 1;
  const local = /^(?:local)?([0-7])$/.exec(text)?.[1];
  if (local === undefined)
    throw usageError(`Invalid log facility '${text}'`, "There are daemon, user, and local0 to local7.");
  return 16 + Number(local);
}

/** As strtol(3) with base 0 reads it: 022 is octal, 0x12 hexadecimal, 18 decimal. */
function readUmask(text: string): number {
  const number = /^0[0-7]*$/.test(text)
    ? Number.parseInt(text, 8)
    : /^(0x[0-9a-f]+|[1-9]\d*)$/i.test(text)
      ? Number(text)
      : Number.NaN;
  if (!(number >= 0 && number <= 0o777)) throw usageError(`Invalid --umask option ${text}`);
  return number;
}
