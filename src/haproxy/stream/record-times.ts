import type { Stream } from "./stream.js";

/** Adds what a stream took to the averages and peaks of its server and back end; nothing where there was no answer. */
export function recordTimes(stream: Stream): void {
  const { times, server } = stream;
  const { back } = stream.backend;
  const answered = stream.back.http ? times.response : times.connected;
  if (times.connected < 0 || answered < 0) return;
  const from = times.idleFrom;
  const request = times.request < 0 ? times.firstByte : times.request;
  const queue = between(request, times.queued);
  const connect = between(times.queued, times.connected);
  const response = between(times.connected, answered);
  const total = between(from < 0 ? times.firstByte : from, times.end);
  server?.times?.record(queue, connect, response, total);
  back?.times?.record(queue, connect, response, total);
  for (const counters of [server?.counters, back?.counters]) {
    if (counters === undefined) continue;
    counters.atMost("queueTimeMax", queue);
    counters.atMost("connectTimeMax", connect);
    counters.atMost("dataTimeMax", response);
    counters.atMost("totalTimeMax", total);
  }
}

function between(from: number, to: number): number {
  return Math.max(0, Math.floor(to - from));
}
