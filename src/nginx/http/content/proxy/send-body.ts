import type { BodySink } from "../../../../proxy/index.js";
import { RequestBody, sayContinue } from "../../request-body.js";
import { finishRequest } from "../../serve.js";
import type { ProxyRun } from "./run.js";

/** Sends a request's body to a server: a text of our own, what was read before, or what comes. */
export function sendBody(
  run: ProxyRun,
  sink: BodySink,
  own: string | undefined,
  body: RequestBody | undefined,
): void {
  const { request, settings } = run;
  if (own !== undefined) {
    if (own !== "") sink.write(Buffer.from(own, "latin1"));
    sink.end();
  } else if (body !== undefined) {
    const isOver = () => run.isOver;
    body.send(watched(run, sink), isOver).then(
      () => run.moved(),
      (error: Error) => {
        request.connection.log("crit", `reading the request's body failed (${error.message})`, request);
        run.giveUp();
        finishRequest(request, 500);
      },
    );
  } else if (settings.passBody && request.exchange.body.length !== 0) stream(run, sink);
  else sink.end();
}

/** Tells the run when the server stops taking bytes, and when it goes on (proxy_send_timeout). */
function watched(run: ProxyRun, sink: BodySink): BodySink {
  return {
    write(bytes) {
      const isTaken = sink.write(bytes);
      if (isTaken) run.moved();
      else run.blocked();
      return isTaken;
    },
    end: () => sink.end(),
    get onDrain() {
      return sink.onDrain;
    },
    set onDrain(callback) {
      sink.onDrain = () => {
        run.moved();
        callback();
      };
    },
  };
}

function stream(run: ProxyRun, sink: BodySink): void {
  const { request } = run;
  const { body } = request.exchange;
  const { maxBodySize, bodyBufferSize } = request.location;
  /** What the buffer takes is kept: it is $request_body, and another location's. */
  let kept: Buffer[] | undefined = [];
  sayContinue(request);
  sink.onDrain = () => {
    run.moved();
    body.resume();
  };
  body.handler = {
    onData(bytes) {
      run.moved();
      if (body.received > bodyBufferSize) kept = undefined;
      else kept?.push(Buffer.from(bytes));
      if (maxBodySize > 0 && body.received > maxBodySize) {
        request.connection.log("error", "client intended to send too large chunked body", request);
        run.giveUp();
        request.readsBody = false;
        finishRequest(request, 413);
      } else if (!sink.write(bytes)) {
        run.blocked();
        body.pause();
      }
    },
    onEnd() {
      if (kept !== undefined) request.body = new RequestBody(kept, undefined, 0);
      sink.end();
    },
    onBroken(why) {
      run.giveUp();
      request.readsBody = false;
      if (why === "malformed") finishRequest(request, 400);
      else request.exchange.abort();
    },
  };
  body.resume();
}
