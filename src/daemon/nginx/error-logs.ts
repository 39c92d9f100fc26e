import { writeSync } from "node:fs";
import type { ErrorLog as Target } from "../../config/nginx/readers/error-log.js";
import { ErrorLog, type ErrorSink, type Level } from "../../nginx/log/error-log.js";
import { syslogTarget } from "../../nginx/log/syslog.js";
import type { LogFiles } from "./log-files.js";

/** Standard error, at once. Who reads it may be gone. */
export const standardError: ErrorSink = {
  write(text) {
    try {
      writeSync(2, text);
    } catch {
      // Nobody reads it.
    }
  },
};

/** Opens what `error_log` directives of one place say. @throws StartFailure */
export function openErrorLog(targets: readonly Target[], files: LogFiles): ErrorLog {
  const sinks = targets.flatMap(({ target, level }) => {
    const sink = sinkOf(target, files);
    return sink === undefined ? [] : [{ sink, level: level as Level }];
  });
  return new ErrorLog(sinks);
}

function sinkOf(target: Target["target"], files: LogFiles): ErrorSink | undefined {
  switch (target.kind) {
    case "file":
      return files.open(target.path);
    case "stderr":
      return standardError;
    case "syslog": {
      const send = syslogTarget(target, () => {});
      return { write: (text) => send(undefined, text.replace(/\n$/, "")) };
    }
    case "memory":
      return undefined; // nginx's is for a debugger that looks at its memory
  }
}

export const logsToStandardError = (targets: readonly Target[]): boolean =>
  targets.some(({ target }) => target.kind === "stderr");
