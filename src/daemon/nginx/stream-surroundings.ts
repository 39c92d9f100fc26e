import { readFileSync } from "node:fs";
import { Mistake } from "../../config/nginx/mistake.js";
import type { AccessLog } from "../../config/nginx/model/index.js";
import type { ErrorLog as ErrorLogTarget } from "../../config/nginx/readers/error-log.js";
import type { Log } from "../../errors.js";
import type { ErrorLog } from "../../nginx/log/error-log.js";
import { syslogTarget } from "../../nginx/log/syslog.js";
import type { StartSurroundings } from "../../nginx/stream/index.js";
import type { ZoneStore } from "../../nginx/zones/zone-store.js";
import { SharedMemory } from "../../proxy/index.js";
import { openErrorLog } from "./error-logs.js";
import { reasonOf } from "./failure.js";
import type { LogFiles } from "./log-files.js";

/** What the stream role is given. @param confPrefix - where paths of certificates start, with "/" at its end */
export function streamSurroundings(
  confPrefix: string,
  files: LogFiles,
  errorLog: ErrorLog,
  zoneStore: ZoneStore,
): Omit<StartSurroundings, "descriptors"> {
  const opened = new Map<readonly ErrorLogTarget[], Log>();
  return {
    memory: new SharedMemory(),
    zoneStore,
    log: streamLog(errorLog),
    checkLog: (level, sentence) => errorLog.write(level, sentence),
    readText: (path) => readText(path.startsWith("/") ? path : `${confPrefix}${path}`),
    openLog: (log) => openLog(log, files, errorLog),
    openErrorLog: (targets) => {
      const log = opened.get(targets) ?? streamLog(openErrorLog(targets, files));
      opened.set(targets, log);
      return log;
    },
  };
}

const streamLog = (errorLog: ErrorLog): Log => ({
  debug: (sentence) => errorLog.write("debug", sentence),
  info: (sentence) => errorLog.write("info", sentence),
  warn: (sentence) => errorLog.write("warn", sentence),
  error: (sentence) => errorLog.write("error", sentence),
});

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Mistake(`cannot load "${path}": fopen() failed (${reasonOf(error)})`, {
      code: "no-certificate",
      placeless: true,
    });
  }
}

function openLog(
  { target, buffer, flushMs, gzip }: AccessLog,
  files: LogFiles,
  errorLog: ErrorLog,
): (line: string) => void {
  if (target.kind === "syslog") {
    const send = syslogTarget(target, (level, sentence) => errorLog.write(level, sentence));
    return (line) => send(undefined, line);
  }
  const file = files.open(target.path.text, { buffer, flushMs, gzip });
  return (line) => file.write(`${line}\n`);
}
