import { didYouMean } from "../nearest.js";
import { usageError } from "./command-io.js";

/** How an option takes a value: "may" only when it is attached to it (-tFILE, --config-test=FILE). */
type Takes = "none" | "must" | "may";

interface Option {
  readonly long: string;
  readonly short?: string;
  readonly takes: Takes;
}

/** The real one's options (keepalived/core/main.c, parse_cmdline()), and those that are ours. */
export const keepalivedOptions = [
  { long: "use-file", short: "f", takes: "must" },
  { long: "vrrp", short: "P", takes: "none" },
  { long: "check", short: "C", takes: "none" },
  { long: "no_bfd", short: "B", takes: "none" },
  { long: "all", takes: "none" },
  { long: "log-console", short: "l", takes: "none" },
  { long: "log-detail", short: "D", takes: "none" },
  { long: "log-facility", short: "S", takes: "must" },
  { long: "log-file", short: "g", takes: "may" },
  { long: "flush-log-file", takes: "none" },
  { long: "no-syslog", short: "G", takes: "none" },
  { long: "umask", short: "u", takes: "must" },
  { long: "release-vips", short: "X", takes: "none" },
  { long: "dont-release-vrrp", short: "V", takes: "none" },
  { long: "dont-release-ipvs", short: "I", takes: "none" },
  { long: "dont-respawn", short: "R", takes: "none" },
  { long: "dont-fork", short: "n", takes: "none" },
  { long: "dump-conf", short: "d", takes: "none" },
  { long: "pid", short: "p", takes: "must" },
  { long: "vrrp_pid", short: "r", takes: "must" },
  { long: "checkers_pid", short: "c", takes: "must" },
  { long: "bfd_pid", short: "b", takes: "must" },
  { long: "genhash", short: "T", takes: "none" },
  { long: "address-monitoring", short: "a", takes: "none" },
  { long: "snmp", short: "x", takes: "none" },
  { long: "snmp-agent-socket", short: "A", takes: "must" },
  { long: "namespace", short: "s", takes: "must" },
  { long: "core-dump", short: "m", takes: "none" },
  { long: "core-dump-pattern", short: "M", takes: "may" },
  { long: "no-mem-check", takes: "none" },
  { long: "perf", takes: "may" },
  { long: "debug", takes: "may" },
  { long: "all-config", short: "e", takes: "none" },
  { long: "config-id", short: "i", takes: "must" },
  { long: "signum", takes: "must" },
  { long: "config-test", short: "t", takes: "may" },
  { long: "version", short: "v", takes: "none" },
  { long: "help", short: "h", takes: "none" },
  { long: "lenient", takes: "none" },
  { long: "fix", takes: "none" },
  { long: "json", takes: "none" },
  { long: "syslog-socket", takes: "must" },
] as const satisfies readonly Option[];

export type KeepalivedOption = (typeof keepalivedOptions)[number]["long"];

/** What was said: of an option that stands twice, the last. A flag, or an option without its value, is "". */
export interface KeepalivedWords {
  readonly said: ReadonlyMap<KeepalivedOption, string>;
  /** Every -f: `-t` tests several files, one for each router. */
  readonly files: readonly string[];
}

/** Reads them as getopt_long(3) does: letters together (-nlD), values attached or behind, long names as short as they are clear. */
export function readKeepalivedWords(words: readonly string[]): KeepalivedWords {
  const all: (readonly [KeepalivedOption, string])[] = [];
  const rest = [...words];
  const value = (option: Option, name: string, attached: string | undefined): string => {
    if (option.takes === "none") {
      if (attached !== undefined) throw mistake(`${name} takes no value`);
      return "";
    }
    if (attached !== undefined) return attached;
    if (option.takes === "may") return "";
    const next = rest.shift();
    if (next === undefined) throw mistake(`Missing parameter for option ${name}`);
    return next;
  };
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word.startsWith("--") && word !== "--") {
      const equals = word.indexOf("=");
      const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
      const option = longOption(name);
      all.push([
        option.long as KeepalivedOption,
        value(option, `--${option.long}`, equals < 0 ? undefined : word.slice(equals + 1)),
      ]);
    } else if (word.startsWith("-") && word !== "-" && word !== "--") {
      for (let i = 1; i < word.length; i++) {
        const letter = word[i]!;
        const option: Option | undefined = keepalivedOptions.find((one: Option) => one.short === letter);
        if (!option) throw mistake(`Unknown option -${letter}`);
        const attached = i + 1 < word.length ? word.slice(i + 1) : undefined;
        all.push([
          option.long as KeepalivedOption,
          value(option, `-${letter}`, option.takes === "none" ? undefined : attached),
        ]);
        if (option.takes !== "none") break;
      }
    } else throw mistake(`Unexpected argument: ${word}`);
  }
  return {
    said: new Map(all),
    files: all.filter(([name]) => name === "use-file").map(([, file]) => file),
  };
}

function longOption(name: string): Option {
  const exact = keepalivedOptions.find(({ long }) => long === name);
  const beginning = keepalivedOptions.filter(({ long }) => long.startsWith(name));
  if (exact ?? (name !== "" && beginning.length === 1)) return exact ?? beginning[0]!;
  if (name !== "" && beginning.length > 1)
    throw mistake(`--${name} may be ${beginning.map(({ long }) => `--${long}`).join(", ")}`);
  throw mistake(
    `Unknown option --${name}${didYouMean(
      name,
      keepalivedOptions.map(({ long }) => long),
    )}`,
  );
}

const mistake = (message: string) => usageError(message, "Try `rondo keepalived --help`.");
