import { didYouMean } from "../nearest.js";

/** What the command line said. Options that only choose how the real one works inside (-de, -dp, -dS, -dG, -dM, -dL) are taken and do nothing. */
export interface HaproxyWords {
  readonly files: readonly string[];
  readonly folder: string | undefined; // -C
  readonly check: boolean; // -c
  /** -cc; "" where nothing stands behind it. */
  readonly condition: string | undefined;
  readonly daemon: boolean; // -D
  readonly debug: boolean; // -d
  readonly foreground: boolean; // -db, -Ws
  readonly masterWorker: boolean; // -W, -Ws
  readonly systemd: boolean; // -Ws
  readonly masterSockets: readonly string[]; // -S
  readonly quiet: boolean; // -q
  readonly verbose: boolean; // -V
  readonly zeroWarning: boolean; // -dW
  readonly diagnose: boolean; // -dD
  readonly noReusePort: boolean; // -dR
  readonly noServerVerify: boolean; // -dV
  readonly ignoreUnresolved: boolean; // -dr
  readonly keywords: string | undefined; // -dK
  readonly maxconn: number | undefined; // -n
  readonly proxyMaxconn: number | undefined; // -N
  readonly memory: number | undefined; // -m, MB
  readonly localPeer: string | undefined; // -L
  readonly pidFile: string | undefined; // -p
  readonly oldSocket: string | undefined; // -x
  readonly oldProcesses: { readonly signal: "SIGUSR1" | "SIGTERM"; readonly pids: readonly number[] };
  /** What is worth a warning about the words themselves. */
  readonly warnings: readonly string[];
}

export type ReadWords =
  | { readonly kind: "words"; readonly words: HaproxyWords }
  | { readonly kind: "version"; readonly build: boolean }
  /** The usage is shown after an alert, where there is one. */
  | { readonly kind: "usage"; readonly alert?: string }
  | { readonly kind: "alert"; readonly alert: string };

const known = [
  "-C",
  "-D",
  "-L",
  "-N",
  "-S",
  "-V",
  "-W",
  "-Ws",
  "-c",
  "-cc",
  "-d",
  "-dD",
  "-dG",
  "-dK",
  "-dL",
  "-dM",
  "-dR",
  "-dS",
  "-dV",
  "-dW",
  "-db",
  "-de",
  "-dp",
  "-dr",
  "-f",
  "-m",
  "-n",
  "-p",
  "-q",
  "-sf",
  "-st",
  "-v",
  "-vv",
  "-x",
]; // prettier-ignore

/** Reads them as the real one does (haproxy.c, init_args): an option is what its first letters say, whatever follows them. */
export function readHaproxyWords(argv: readonly string[]): ReadWords {
  const rest = [...argv];
  const files: string[] = [];
  const masterSockets: string[] = [];
  const warnings: string[] = [];
  const pids: number[] = [];
  let oldSignal: "SIGUSR1" | "SIGTERM" = "SIGUSR1";
  const flags = new Set<string>();
  const values = new Map<string, string>();
  let condition: string | undefined;
  let keywords: string | undefined;
  let oldSocket: string | undefined;

  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith("-")) return { kind: "usage" };
    const flag = word.slice(1);
    const [first = "", second = ""] = flag;
    if (first === "v") return { kind: "version", build: second === "v" };
    if (first === "d" && /^[epSGRVbDWMrLK]/.test(second)) {
      if (second === "K") keywords = flag.slice(2);
      else flags.add(`d${second}`);
    } else if (first === "V" || first === "d" || first === "D" || first === "q") flags.add(first);
    else if (first === "c" && second === "c") condition = rest.shift() ?? "";
    else if (first === "c") flags.add("c");
    else if (first === "W") {
      flags.add("W");
      if (second === "s") flags.add("Ws");
    } else if (first === "x") {
      const path = rest.shift();
      if (path === undefined) return { kind: "usage", alert: "Unix socket path expected with the -x flag\n" };
      if (oldSocket !== undefined) warnings.push("-x option already set, overwriting the value");
      oldSocket = path;
    } else if (first === "S") {
      const socket = rest.shift();
      if (socket === undefined)
        return { kind: "usage", alert: "Socket and optional bind parameters expected with the -S flag" };
      masterSockets.push(socket);
    } else if (first === "s" && (second === "f" || second === "t")) {
      oldSignal = second === "f" ? "SIGUSR1" : "SIGTERM";
      while (rest[0] !== undefined && !rest[0].startsWith("-")) {
        const text = rest.shift()!;
        const [, digits = "", left = ""] = /^\s*([+-]?\d*)\s*(.*)$/s.exec(text)!;
        if (left !== "")
          return { kind: "alert", alert: `-${flag} option: some bytes unconsumed in PID list {${left}}` };
        const pid = Number(digits);
        if (!(pid > 0)) return { kind: "usage" };
        pids.push(pid);
      }
    } else if (flag === "-") files.push(...rest.splice(0));
    else if (/^[CnmNLfp]/.test(first)) {
      const value = rest.shift();
      if (value === undefined) return { kind: "usage" };
      if (first === "f") files.push(value);
      else values.set(first, value);
    } else return { kind: "usage", alert: `unknown option ${word}${didYouMean(word, known)}` };
  }
  const number = (name: string) =>
    values.has(name) ? Number.parseInt(values.get(name)!, 10) || 0 : undefined;
  return {
    kind: "words",
    words: {
      files,
      folder: values.get("C"),
      check: flags.has("c"),
      condition,
      daemon: flags.has("D"),
      debug: flags.has("d"),
      foreground: flags.has("db") || flags.has("Ws"),
      masterWorker: flags.has("W"),
      systemd: flags.has("Ws"),
      masterSockets,
      quiet: flags.has("q"),
      verbose: flags.has("V"),
      zeroWarning: flags.has("dW"),
      diagnose: flags.has("dD"),
      noReusePort: flags.has("dR"),
      noServerVerify: flags.has("dV"),
      ignoreUnresolved: flags.has("dr"),
      keywords,
      maxconn: number("n"),
      proxyMaxconn: number("N"),
      memory: number("m"),
      localPeer: values.get("L"),
      pidFile: values.get("p"),
      oldSocket,
      oldProcesses: { signal: oldSignal, pids },
      warnings,
    },
  };
}
