import type { Log } from "../../errors.js";
import { Errno, errnoText } from "../../sys/index.js";
import type { Session } from "./session.js";

/** "111: Connection refused" of ECONNREFUSED; of what isn't the system's its own name. */
export function systemText(code: string): string {
  const number = Errno[code];
  return number === undefined ? code : `${number}: ${errnoText(number)}`;
}

/** Tells who has come, as nginx does of each. @param at the address that it listens at, as nginx names it */
export function sayConnected(log: Log, { client, number, protocol }: Session, at: string): void {
  const who = client.family === 0 ? "unix:" : `${hostText(client.host)}:${client.port}`;
  log.info(`*${number} ${protocol === "UDP" ? "udp " : ""}client ${who} connected to ${at}`);
}

const hostText = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** Tells the error log of a session, with nginx's context behind the sentence. */
export function say(log: Log, level: "info" | "warn" | "error", session: Session, sentence: string): void {
  const { client, server, upstream, received, sent } = session;
  const place = server.family === 0 ? `unix:${server.host}` : `${server.host}:${server.port}`;
  const who = client.family === 0 ? "unix:" : client.host;
  const context = session.protocol === "UDP" ? "udp client" : "client";
  const tried =
    upstream === undefined
      ? ""
      : `, upstream: "${upstream.peer}", bytes from/to client:${received}/${sent}` +
        `, bytes from/to upstream:${upstream.bytesReceived}/${upstream.bytesSent}`;
  log[level](`*${session.number} ${sentence}, ${context}: ${who}, server: ${place}${tried}`);
}
