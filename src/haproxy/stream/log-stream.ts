import type { SampleContext } from "../run/index.js";
import type { Session } from "./session.js";
import type { Stream } from "./stream.js";

const info = 6;
const error = 3;

/** Writes a stream's line, unless nobody wants it (log.c, strm_log). */
export function logStream(stream: Stream): void {
  const { front, session } = stream;
  const { section } = front;
  if (section.logs.length === 0 || front.logFormat === undefined) return;
  if (section.options.dontLogNull && stream.bytesIn === 0) return;
  const failed =
    stream.redispatched ||
    (stream.endedBy !== "-" && stream.endedBy !== "L") ||
    (stream.endedBy === "-" && stream.retries > 0) ||
    (front.http && stream.http !== undefined && stream.http.status >= 500);
  if (!failed && section.options.dontLogNormal) return;
  let level = failed && section.options.logSeparateErrors ? error : info;
  if (stream.logLevel !== undefined) {
    if (stream.logLevel < 0) return;
    level = stream.logLevel;
  }
  stream.uniqueIdentifier();
  stream.logged = true;
  const context: SampleContext =
    stream.http?.response === undefined ? stream.requestContext : stream.responseContext;
  send(session, level, front.logFormat(context), front.logStructured?.(context));
}

/** The line of a connection that became no stream: a request that couldn't be read, as if it were one. */
export function logBadRequest(stream: Stream): void {
  const { front, session } = stream;
  const format = front.errorLogFormat ?? front.logFormat;
  if (front.section.logs.length === 0 || format === undefined) return;
  const level = front.section.options.logSeparateErrors ? error : info;
  const context = stream.requestContext;
  send(session, level, format(context), front.logStructured?.(context));
}

/** A connection whose handshake failed. */
export function logConnectionError(session: Session, text: string): void {
  const { front } = session;
  const { section } = front;
  if (section.logs.length === 0) return;
  const level = section.options.logSeparateErrors ? error : info;
  if (front.errorLogFormat !== undefined) {
    const context: SampleContext = {
      session,
      stream: undefined,
      direction: "request",
      final: true,
      check: undefined,
    };
    send(session, level, front.errorLogFormat(context), front.logStructured?.(context));
    return;
  }
  const { source, listener } = session;
  const from = source.family === 0 ? `unix:${listener.id}` : `${source.host}:${source.port}`;
  const name = listener.bind.name ?? String(listener.id);
  send(
    session,
    level,
    `${from} [${logDate(session.acceptDate)}] ${section.name}/${name}: ${text}`,
    undefined,
  );
}

function send(session: Session, level: number, text: string, structured: string | undefined): void {
  const { section } = session.front;
  const { streams } = session;
  streams.process.log.send(
    section.logs,
    level,
    section.logTag ?? streams.process.config.global.logTag,
    text,
    structured,
  );
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "21/Nov/2026:23:05:30.123" in local time. */
export function logDate(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day}:${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
