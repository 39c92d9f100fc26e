import { formatDiagnostics } from "../config/nginx/format.js";
import { Journal, read, sendSignal } from "../daemon/nginx/index.js";
import { nginxOptions } from "./nginx-options.js";
import type { NginxWords } from "./nginx-words.js";

/** -s: reads the configuration for the name of its pid file, and sends that process the signal. */
export function signalMaster(words: NginxWords, signal: NonNullable<NginxWords["signal"]>): number {
  const result = read(nginxOptions(words));
  process.stderr.write(formatDiagnostics(result.diagnostics, { plain: true }), "latin1");
  return result.ok ? sendSignal(result, signal, new Journal()) : 1;
}
