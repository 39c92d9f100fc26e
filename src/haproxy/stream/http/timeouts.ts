import type { EndedIn } from "../endings.js";
import type { HttpStream } from "./http-stream.js";
import { bodyLate, runToEnd } from "./request-body-wait.js";
import { inspectionLate } from "./request-inspection.js";
import { responseLate } from "./response-failure.js";

/** How long the client may be silent, milliseconds. */
export function clientTimeout({ tunnel, tunnelTimeoutMs, front }: HttpStream): number | undefined {
  const { client, clientFin } = front.section.timeouts;
  if (tunnel === undefined || tunnelTimeoutMs === undefined) return client;
  return tunnel.serverEnded && clientFin !== undefined ? clientFin : tunnelTimeoutMs;
}

export function serverTimeout(stream: HttpStream): number | undefined {
  const { tunnel, tunnelTimeoutMs } = stream;
  const { serverFin } = stream.back.section.timeouts;
  if (tunnel === undefined || tunnelTimeoutMs === undefined) return stream.serverTimeoutMs;
  return tunnel.clientEnded && serverFin !== undefined ? serverFin : tunnelTimeoutMs;
}

/** What was waited for in this phase didn't come, or the wait is over. */
export function phaseOver(stream: HttpStream): void {
  if (stream.search.resume()) return;
  if (stream.tarpitted) {
    stream.times.queued = stream.now;
    stream.endsBy("P", "T");
    stream.own.answer();
  } else if (stream.steps.inspecting) {
    inspectionLate(stream);
  } else if (!stream.steps.over) bodyLate(stream);
  else if (stream.answer.inspects) stream.answer.inspection?.late();
  else stream.link.connectLate();
}

export function clientLate(stream: HttpStream): void {
  const { tunnel } = stream;
  if (tunnel === undefined && !stream.steps.over) {
    if (stream.steps.inspecting) runToEnd(stream, "late");
    else bodyLate(stream);
    return;
  }
  stream.tally.clientAbort();
  stream.endsBy("c", tunnel !== undefined ? "D" : clientPhase(stream));
  end(stream);
}

function clientPhase({ responded, state }: HttpStream): EndedIn {
  if (responded || state === "response") return "D";
  return state === "queue" ? "Q" : "C";
}

export function serverLate(stream: HttpStream): void {
  if (stream.tunnel === undefined && !stream.responded) {
    responseLate(stream);
    return;
  }
  stream.tally.serverAbort();
  stream.endsBy("s", "D");
  end(stream);
}

/** From outside: an administrator, or a server's state. */
export function shutdown(stream: HttpStream, why: "killed" | "down" | "up"): void {
  if (stream.ended) return;
  stream.endsBy(why === "killed" ? "K" : why === "down" ? "D" : "U", phaseOf(stream));
  end(stream);
}

function phaseOf({ responded, state }: HttpStream): EndedIn {
  if (responded) return "D";
  return state === "request" ? "R" : state === "queue" ? "Q" : state === "connect" ? "C" : "H";
}

function end(stream: HttpStream): void {
  if (stream.tunnel !== undefined) stream.tunnel.close();
  else stream.breakOff();
}
