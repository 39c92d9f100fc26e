import type { ProcessRun, SampleContext, StreamRun } from "../run/index.js";

/** A stream's times as log lines count them: milliseconds since its connection was accepted, or the request before was answered. */
export interface LogTimes {
  readonly handshake: number;
  readonly idle: number;
  readonly request: number;
  readonly queued: number;
  readonly connected: number;
  readonly response: number;
  readonly end: number;
  /** Wall clock, ms: %t and %tr. */
  readonly acceptDate: number;
  readonly requestDate: number;
}

/** What `logTimes` made last: the pieces of one line ask for it one after the other. */
let last: { readonly stream: StreamRun; readonly end: number; readonly times: LogTimes } | undefined;

export function logTimes(context: SampleContext, clock: Pick<ProcessRun, "now">): LogTimes {
  const { stream, session } = context;
  if (stream === undefined) {
    const acceptDate = session?.acceptDate ?? Date.now();
    const end = session === undefined ? 0 : Math.floor(clock.now() - session.acceptTime);
    return { ...unknown, handshake: session?.handshakeMs ?? 0, end, acceptDate, requestDate: acceptDate };
  }
  const { times } = stream;
  const end = times.end < 0 ? clock.now() : times.end;
  if (last?.stream === stream && last.end === end) return last.times;
  const made = timesOf(stream, end);
  if (times.end >= 0) last = { stream, end, times: made };
  return made;
}

const unknown = { handshake: 0, idle: 0, request: -1, queued: -1, connected: -1, response: -1 };

function timesOf(stream: StreamRun, end: number): LogTimes {
  const { times, session, http } = stream;
  const first = (http?.exchange?.number ?? 1) === 1;
  const begin = times.idleFrom >= 0 ? times.idleFrom : session.acceptTime;
  const since = (time: number) => (time < 0 ? -1 : Math.max(0, Math.floor(time - begin)));
  const handshake = first ? session.handshakeMs : 0;
  const idle = times.firstByte < 0 ? -1 : Math.max(0, since(times.firstByte) - handshake);
  const acceptDate =
    first || times.requestDate < 0 ? session.acceptDate : times.requestDate - Math.max(0, idle);
  return {
    handshake,
    idle,
    request: since(times.request),
    queued: since(times.queued),
    connected: since(times.connected),
    response: since(times.response),
    end: since(end),
    acceptDate,
    requestDate: acceptDate + (idle >= 0 ? idle + handshake : 0),
  };
}
