import { statSync } from "node:fs";
import { Mistake } from "../../../config/nginx/mistake.js";
import type { AccessLog } from "../../../config/nginx/model/index.js";
import { type ChangingLogs, changingLogs } from "../../log/changing-logs.js";
import { compileLogFormat } from "../../log/log-format.js";
import { syslogTarget } from "../../log/syslog.js";
import type { HttpRequest } from "../request.js";
import { type Build, optionalText, textOf } from "./build.js";
import { type Block, log } from "./definitions.js";

type Write = (request: HttpRequest) => void;

/** What writes the lines that access_log says; the usual log where it says nothing. */
export function accessLogs(block: Block, build: Build): Write[] {
  const said = block.value(log.accessLog);
  if (said === undefined) return [usualLog(build)];
  return said.map((each) => accessLog(each, changingLogs(block.value(log.openLogFileCache)), build));
}

const combined =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

function usualLog(build: Build): Write {
  const file = build.logFile("/var/log/nginx/access.log");
  const line = formatNamed("combined", build);
  return (request) => file.write(`${line(request)}\n`);
}

function formatNamed(name: string, build: Build): (request: HttpRequest) => string {
  const found = build.http.value(log.logFormat).find((each) => each.name === name);
  if (found) return compileLogFormat(found, build.registry);
  if (name !== "combined") throw new Mistake(`unknown log format "${name}"`);
  const place = { file: "", line: 0, column: 0 };
  return compileLogFormat({ name, escape: "default", text: { text: combined, place } }, build.registry);
}

function accessLog(
  { target, format, buffer, flushMs, gzip, condition }: AccessLog,
  logs: ChangingLogs,
  build: Build,
): Write {
  const line = formatNamed(format, build);
  const wanted = optionalText(build, condition);
  const put =
    target.kind === "syslog"
      ? syslogTarget(target, build.errorLog)
      : fileTarget(target, { buffer, flushMs, gzip }, logs, build);
  return (request) => {
    if (wanted !== undefined) {
      const value = wanted.value(request);
      if (value === "" || value === "0") return;
    }
    put(request, line(request));
  };
}

function isFolder(path: string): boolean {
  return statSync(Buffer.from(path, "latin1"), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function fileTarget(
  { path }: AccessLog["target"] & { kind: "file" },
  options: { buffer: number | undefined; flushMs: number | undefined; gzip: number | undefined },
  logs: ChangingLogs,
  build: Build,
): (request: HttpRequest, line: string) => void {
  const text = textOf(build, path);
  if (text.constant !== undefined) {
    const file = build.logFile(text.constant, options);
    return (_, line) => file.write(`${line}\n`);
  }
  return (request, line) => {
    const name = text.value(request);
    // Clients must not make files by names of hosts that there aren't.
    if (!isFolder(request.location.root.value(request))) return;
    try {
      logs.write(name.startsWith("/") ? name : build.prefix + name, `${line}\n`);
    } catch (error) {
      build.errorLog("crit", `open() "${name}" failed (${(error as Error).message})`, request);
    }
  };
}
