import type { Directive } from "../grammar/directive.js";
import { Mistake, within } from "../grammar/mistake.js";
import type { LogTarget } from "../model/log.js";
import { parseAddress } from "../values/address.js";
import { leadingNumber } from "../values/numbers.js";
import { logLevels } from "./common-actions.js";

const facilities = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "syslog",
  "lpr",
  "news",
  "uucp",
  "cron",
  "auth2",
  "ftp",
  "ntp",
  "audit",
  "alert",
  "cron2",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
];
export const logFormats = [
  "rfc3164",
  "rfc5424",
  "priority",
  "short",
  "timed",
  "iso",
  "raw",
  "local",
] as const;

/** `log …` and `no log` of a section that has its own targets (log.c, parse_logsrv). */
export function logLine(
  directive: Directive,
  targets: LogTarget[],
  global: readonly LogTarget[] | undefined,
): void {
  within(
    (message) => `${directive.at(0)} : ${message}`,
    () => takeLog(directive, targets, global),
    { column: directive.column(1) },
  );
}

function takeLog(directive: Directive, targets: LogTarget[], global: readonly LogTarget[] | undefined): void {
  if (directive.prefix === "no") {
    if (directive.at(1) !== "")
      throw new Mistake("'no log' does not expect arguments", { code: "unexpected-argument" });
    targets.length = 0;
    return;
  }
  if (directive.at(1) === "global" && directive.at(2) === "") {
    if (!global)
      throw new Mistake("'global' is not supported for a global syslog server", { code: "invalid-value" });
    for (const target of global) if (!targets.includes(target)) targets.push(target);
    return;
  }
  targets.push(logTarget(directive, global !== undefined));
}

function logTarget(directive: Directive, mayBeGlobal: boolean): LogTarget {
  if (directive.at(1) === "" || directive.at(2) === "")
    throw new Mistake(`expects <address> and <facility> ${mayBeGlobal ? "or global" : ""} as arguments`, {
      column: directive.column(directive.length),
      code: "missing-argument",
    });
  let at = 2;
  const fail = (message: string, word = at): never => {
    throw new Mistake(message, { column: directive.column(word), code: "invalid-value" });
  };
  let length = 1024;
  if (directive.at(at) === "len") {
    length = leadingNumber(directive.at(at + 1));
    if (length < 80 || length > 65535)
      fail(`invalid log length '${directive.at(at + 1)}', must be between 80 and 65535`, at + 1);
    at += 2;
  }
  // The form of rfc3164, with a host only where log-send-hostname gives one.
  let format: LogTarget["format"] = "local";
  if (directive.at(at) === "format") {
    const word = directive.at(at + 1) as LogTarget["format"];
    if (!logFormats.includes(word)) fail(`unknown log format '${word}'`, at + 1);
    format = word;
    at += 2;
  }
  let sample: LogTarget["sample"];
  if (directive.at(at) === "sample") {
    sample = sampleOf(directive, at + 1);
    at += 2;
  }
  const facility = facilities.indexOf(directive.at(at));
  if (facility < 0) fail(`unknown log facility '${directive.at(at)}'`);
  at++;
  const level = (otherwise: number, what: string): number => {
    const word = directive.at(at);
    if (word === "") return otherwise;
    const found = logLevels.indexOf(word);
    if (found < 0) fail(`unknown optional ${what} '${word}'`);
    at++;
    return found;
  };
  const maxLevel = level(7, "log level");
  const minLevel = level(0, "minimum log level");
  if (directive.at(at) !== "") fail(`cannot handle unexpected argument '${directive.at(at)}'`);
  return {
    target: targetOf(directive),
    length,
    format,
    facility,
    maxLevel,
    minLevel,
    sample,
    place: directive.place(),
  };
}

function targetOf(directive: Directive): LogTarget["target"] {
  const text = directive.at(1);
  if (text === "stdout" || text === "fd@1") return { kind: "stdout" };
  if (text === "stderr" || text === "fd@2") return { kind: "stderr" };
  if (text.startsWith("ring@")) {
    const name = text.slice(5);
    directive.reading.ringUses.push({ name, place: directive.place(1) });
    return { kind: "ring", name };
  }
  const address = parseAddress(
    text,
    { port: "optional", descriptor: "any", datagram: true, stream: true, defaultDatagram: true, names: true },
    directive.reading.environment,
  );
  if (address.kind === "inet" && (!address.ports || address.ports.from === 0))
    return { kind: "address", address: { ...address, ports: { from: 514, to: 514 } } };
  return { kind: "address", address };
}

function sampleOf(directive: Directive, index: number): LogTarget["sample"] {
  const text = directive.at(index);
  const fail = (message: string): never => {
    throw new Mistake(message, { column: directive.column(index), code: "invalid-value" });
  };
  const colon = text.indexOf(":");
  if (colon < 0) fail("Missing sample size");
  const ranges: { from: number; to: number }[] = [];
  const written = text.slice(0, colon);
  for (const part of written === "" ? [] : written.split(",")) {
    const found = /^(\d+)(?:-(\d+))?$/.exec(part);
    const from = Number(found?.[1] ?? 0);
    const to = Number(found?.[2] ?? from);
    if (from === 0 || to < from || (found?.[2] !== undefined && to === from))
      fail(`wrong sample range '${written.slice(written.indexOf(part))}'`);
    if (ranges.some((range) => from <= range.to && to >= range.from)) fail("ranges are overlapping");
    ranges.push({ from, to });
  }
  if (ranges.length === 0) fail("no sampling ranges given");
  const size = /^\d+$/.test(text.slice(colon + 1)) ? Number(text.slice(colon + 1)) : 0;
  if (size === 0) fail(`wrong sample size '${text.slice(colon + 1)}' for sample range '${written}'`);
  const most = Math.max(...ranges.map((range) => range.to));
  if (size < most)
    fail(`sample size ${size} should be greater or equal to ${most} the maximum of the high ranges limits`);
  return { ranges: ranges.sort((a, b) => a.from - b.from), size };
}
