import { type BodySource, type ClientRequest, type ResponseHead, relay } from "../../../../proxy/index.js";
import { type AnswerBody, beginAnswer } from "../../answer/send.js";
import { LimitedBody } from "../../filters/limited-body.js";
import { finishRequest, redirectTo, redirectToNamed } from "../../serve.js";
import { parseSafeUri } from "../../uri/parse-safe-uri.js";
import { HeldAnswer } from "./held-answer.js";
import { takeHead } from "./response-fields.js";
import type { ProxyRun } from "./run.js";
import type { ProxySettings } from "./settings.js";

/** Fields of an answer that go with it to where X-Accel-Redirect leads. */
const carried = new Set([
  "content-type",
  "set-cookie",
  "content-disposition",
  "cache-control",
  "expires",
  "accept-ranges",
]);

/** Gives a server's answer to the client: its head changed, its body as it comes. */
export function respond(
  run: ProxyRun,
  head: ResponseHead,
  source: BodySource,
  upstream: ClientRequest,
): void {
  const { request, settings } = run;
  const elsewhere = head.headers.get("x-accel-redirect");
  if (elsewhere !== undefined && !settings.ignored.has("x-accel-redirect")) {
    leadElsewhere(run, head, elsewhere);
    return;
  }
  takeHead(request, settings, head);
  if (!settings.ignored.has("x-accel-charset"))
    request.accelCharset = head.headers.get("x-accel-charset") || undefined;
  const { answer } = request;
  if (head.status === 101 && request.exchange.upgrade !== undefined) {
    tunnel(run, upstream);
    return;
  }
  const rate = settings.ignored.has("x-accel-limit-rate")
    ? undefined
    : head.headers.get("x-accel-limit-rate");
  if (rate !== undefined && /^\d+$/.test(rate)) request.limitRate = Number(rate);
  answer.length = typeof source.length === "number" ? source.length : undefined;
  if (request.method === "HEAD" || head.status === 304) {
    const said = head.headers.get("content-length");
    answer.length = said === undefined ? undefined : Number(said);
  }
  pass(run, source, beginAnswer(request), upstream, buffers(settings, head));
}

/** @param isBuffered it is read ahead of its client */
function pass(
  run: ProxyRun,
  source: BodySource,
  to: AnswerBody,
  upstream: ClientRequest,
  isBuffered: boolean,
): void {
  const { state, settings } = run;
  const { limitRate } = settings;
  const body = limitRate > 0 ? new LimitedBody(run.request, to, limitRate, 0) : to;
  const resume = () => source.resume();
  let held: HeldAnswer | undefined;
  body.onDrain = resume;
  source.handler = {
    onData(bytes) {
      run.moved();
      state.responseLength += bytes.length;
      if ((held ?? body).write(bytes)) return;
      if (held === undefined && isBuffered) {
        held = hold(run, body);
        held.onDrain = resume;
      } else source.pause();
    },
    onEnd(trailers) {
      run.request.upstreamTrailers = trailers;
      state.bytesReceived = upstream.receivedBytes;
      state.bytesSent = upstream.sentBytes ?? 0;
      run.done();
      (held ?? body).end();
    },
    onBroken(why) {
      run.brokeOff(
        why === "malformed"
          ? "upstream sent invalid chunked response"
          : "upstream prematurely closed connection",
      );
    },
  };
  source.resume();
}

/** The client takes no more for now: what comes is kept for it. */
function hold({ request, settings }: ProxyRun, body: AnswerBody): HeldAnswer {
  const held = new HeldAnswer(body, settings.holding, (message) =>
    request.connection.log("crit", `a temporary file can't be written (${message})`, request),
  );
  request.onEnd.push(() => held.close());
  return held;
}

/** Whether an answer is read ahead (proxy_buffering, X-Accel-Buffering). */
function buffers(settings: ProxySettings, head: ResponseHead): boolean {
  const said = settings.ignored.has("x-accel-buffering") ? undefined : head.headers.get("x-accel-buffering");
  const word = said?.toLowerCase();
  return word === "yes" || (settings.buffering && word !== "no");
}

function leadElsewhere(run: ProxyRun, head: ResponseHead, target: string): void {
  const { request } = run;
  run.giveUp();
  const { answer } = request;
  for (const [at, name] of head.headers.names.entries()) {
    const value = head.headers.values[at] as string;
    if (name === "content-type") answer.contentType = value;
    else if (carried.has(name)) answer.add(head.headers.written?.[at] ?? name, value);
  }
  if (target.startsWith("@")) {
    redirectToNamed(request, target);
    return;
  }
  const safe = parseSafeUri(target);
  if (safe === undefined) {
    request.connection.log("error", `unsafe URI "${target}" was detected`, request);
    finishRequest(request, 404);
    return;
  }
  if (request.method !== "HEAD") request.method = "GET";
  redirectTo(request, safe.uri, safe.args);
}

/** After a 101 the connections are one, until an end of either (Upgrade). */
function tunnel(run: ProxyRun, upstream: ClientRequest): void {
  const { request, state } = run;
  beginAnswer(request);
  const pipe = relay(request.exchange.tunnel(), upstream.tunnel(), {
    onHalfClosed: () => {},
    onClosed: () => {
      clearInterval(watch);
      request.bodyBytesSent = pipe.bytesFromB;
      state.responseLength = pipe.bytesFromB;
      state.bytesReceived = pipe.bytesFromB;
      run.done();
      request.exchange.onFinished();
    },
  });
  const { readTimeoutMs } = run.settings;
  const watch = setInterval(
    () => {
      if (performance.now() - Math.max(pipe.activityA, pipe.activityB) > readTimeoutMs) pipe.destroy();
    },
    Math.max(50, Math.min(1000, readTimeoutMs / 4)),
  );
}
