import type { Diagnostic } from "./diagnostic.js";
import type { ReadResult } from "./read-config.js";

/** What `-c` prints and ends with. */
export interface CheckReport {
  /** For standard error, each line with its end. */
  readonly stderr: string;
  /** For standard output. */
  readonly stdout: string;
  /** 2: right, but nothing would listen. */
  readonly exitStatus: 0 | 1 | 2;
}

const tags = { error: "ALERT", warning: "WARNING", note: "NOTICE", hint: "DIAG/WARNING" } as const;

/** A line as HAProxy prints it: "[ALERT]    (PID) : config : …". */
function line(severity: keyof typeof tags, pid: number, text: string): string {
  return `${`[${tags[severity]}]`.padEnd(10)} (${pid}) : ${text}`;
}

/**
 * Diagnostics as HAProxy prints them on standard error, each with our column and remedy on lines of their own, as notes to it.
 * Hints are printed only if asked for (-dD).
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: { readonly pid: number; readonly hints?: boolean; readonly plain?: boolean } = {
    pid: process.pid,
  },
): string {
  let out = "";
  for (const one of diagnostics) {
    if (one.severity === "hint" && !options.hints) continue;
    if (one.printed !== "")
      out += `${line(one.severity, options.pid, `config : ${one.printed.replace(/\n$/, "")}`)}\n`;
    if (options.plain) continue;
    if (one.code !== "errors-in-file" && one.place.column > 0 && one.place.file !== "")
      out += `    at ${one.place.file}:${one.place.line}:${one.place.column}${one.remedy === undefined ? "" : `: ${one.remedy}`}\n`;
  }
  return out;
}

/** What `haproxy -c` says in the end of files that were read. */
export function reportOf(
  result: ReadResult,
  options: { readonly pid: number; readonly hints?: boolean; readonly plain?: boolean },
): CheckReport {
  const { config, diagnostics, aborted } = result;
  const warnings = diagnostics.some((one) => one.severity === "warning");
  const stderr = formatDiagnostics(diagnostics, options);
  const refuse = (text: string): CheckReport => ({
    stderr: `${stderr}${text === "" ? "" : `${line("error", options.pid, `config : ${text}`)}\n`}`,
    stdout: "",
    exitStatus: 1,
  });
  if (!config) return refuse(aborted ? "" : "Fatal errors found in configuration.");
  if (warnings && config.global.zeroWarning)
    return refuse("Some warnings were found and 'zero-warning' is set. Aborting.");
  const localPeer = config.global.localPeer;
  const begin = warnings ? "Warnings were found.\n" : "";
  const listens =
    config.global.statsSockets.length > 0 ||
    config.proxies.some((proxy) => !proxy.disabled && proxy.binds.length > 0) ||
    config.peers.some(
      (section) => !section.disabled && section.peers.some((peer) => peer.name === localPeer),
    );
  return listens
    ? { stderr, stdout: `${begin}Configuration file is valid\n`, exitStatus: 0 }
    : {
        stderr,
        stdout: `${begin}Configuration file has no error but will not start (no listener) => exit(2).\n`,
        exitStatus: 2,
      };
}
