import { logLevels } from "../common-actions.js";
import { logLine } from "../log.js";
import { writtenFormat } from "../options.js";
import { needed, type ProxyReader } from "../readers.js";

const emailAlert: ProxyReader = (directive, proxy) => {
  const word = needed(directive, 1, "missing argument after 'email-alert'.");
  const alert = (proxy.emailAlert ??= {});
  const value = directive.at(2);
  switch (word) {
    case "from":
    case "to":
      alert[word] = value;
      return;
    case "mailers":
      alert.mailers = value;
      return;
    case "myhostname":
      alert.myHostname = value;
      return;
    case "level": {
      const level = logLevels.indexOf(value);
      if (level < 0)
        directive.fail(`unknown log level '${word}' after '${value}'`, { word: 2, code: "invalid-value" });
      alert.level = level;
      return;
    }
    default:
      directive.fail(`email-alert: unknown argument '${word}'.`, { word: 1, code: "unknown-keyword" });
  }
};

/** What is written, and to whom. */
export const tellingReaders: Readonly<Record<string, ProxyReader>> = {
  "unique-id-format": (directive, proxy) => writtenFormat(directive, proxy, "uniqueIdFormat"),
  "unique-id-header": (directive, proxy) => {
    proxy.uniqueIdHeader = needed(directive, 1, "unique-id-header expects an argument.");
  },
  "log-format": (directive, proxy) => writtenFormat(directive, proxy, "logFormat"),
  "log-format-sd": (directive, proxy) => writtenFormat(directive, proxy, "logFormatSd"),
  "error-log-format": (directive, proxy) => writtenFormat(directive, proxy, "errorLogFormat"),
  "log-tag": (directive, proxy) => {
    proxy.logTag = needed(directive, 1, "'log-tag' expects a tag for use in syslog.");
  },
  log: (directive, proxy) => logLine(directive, proxy.logs, directive.reading.global.logs),
  "email-alert": emailAlert,
  "external-check": (directive, proxy) => {
    const word = directive.at(1);
    if (word !== "command" && word !== "path")
      directive.fail(`external-check: unknown argument '${word}'.`, { word: 1, code: "unknown-keyword" });
    const value = needed(directive, 2, `missing argument after '${word}'.`);
    if (word === "command") proxy.externalCheckCommand = value;
    else proxy.externalCheckPath = value;
  },
};
