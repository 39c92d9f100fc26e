import { createSocket, type Socket } from "node:dgram";
import { hostname } from "node:os";
import { syslogTime } from "./times.js";

/** Where lines go over syslog (RFC 3164), and how they are marked. */
export interface SyslogTarget {
  /** "10.0.0.1", "10.0.0.1:514", "[fd00::1]:514"; a Unix socket can't be written to. */
  readonly server: string;
  readonly facility: string;
  readonly severity: string;
  readonly tag: string;
  readonly noHostname: boolean;
}

const facilities = [
  "kern",
  "user",
  "mail",
  "daemon",
  "auth",
  "intern",
  "lpr",
  "news",
  "uucp",
  "clock",
  "authpriv",
  "ftp",
  "ntp",
  "audit",
  "alert",
  "cron",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
];
const severities = ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"];

/** Gives what sends a line. What can't be sent is lost, and told once. */
export function syslogTarget(
  { server, facility, severity, tag, noHostname }: SyslogTarget,
  log: (level: "alert", sentence: string) => void,
): (subject: unknown, line: string) => void {
  const priority = facilities.indexOf(facility) * 8 + Math.max(0, severities.indexOf(severity));
  const found = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(server);
  const host = found?.[1] ?? found?.[2] ?? server;
  const port = Number(found?.[3] ?? 514);
  const name = noHostname ? "" : `${hostname()} `;
  let socket: Socket | undefined;
  let told = false;
  return (_, line) => {
    socket ??= createSocket(found?.[1] === undefined ? "udp4" : "udp6").unref();
    const text = `<${priority}>${syslogTime(new Date())} ${name}${tag}: ${line}`;
    socket.send(Buffer.from(text, "latin1"), port, host, (error) => {
      if (error && !told)
        log("alert", `send() failed (${error.message}) while logging to syslog, server: ${server}`);
      told = error !== null;
    });
  };
}
