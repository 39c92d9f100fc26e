import { type BadRequest, Headers } from "../../../proxy/index.js";
import type { HttpRun } from "../../run/index.js";
import type { Session } from "../session.js";
import { Stream } from "../stream.js";
import { StreamClock } from "../stream-clock.js";

/** Stands for a request that couldn't be read, so that its line can be written: "<BADREQ>" and no server. */
export class BadRequestStream extends Stream {
  readonly http: HttpRun;

  constructor(session: Session, bad: BadRequest, status: number) {
    const { idleFrom, firstByte } = bad.times;
    super(
      session,
      new StreamClock(idleFrom, bad.bytes.length === 0 ? idleFrom : firstByte, session.acceptDate),
    );
    this.http = badRequestRun(status);
    this.times.end = this.now;
    this.endedIn = "R";
    this.endedBy = bad.kind === "timeout" ? "c" : bad.kind === "malformed" ? "P" : "C";
    this.bytesOut = bad.sentBytes;
  }

  /** It is no stream that ended: nothing of it is counted here. */
  close(): void {
    this.ended = true;
    this.streams.live.delete(this);
  }

  advance(): void {}
  breakOff(): void {}
  openServer(): void {}
  serverFailed(): void {}
  clientTimeout(): number | undefined {
    return undefined;
  }
  serverTimeout(): number | undefined {
    return undefined;
  }
  onPhaseOver(): void {}
  onClientTimeout(): void {}
  onServerTimeout(): void {}
  shutdown(): void {}
}

function badRequestRun(status: number): HttpRun {
  return {
    exchange: undefined,
    request: {
      method: "<BADREQ>",
      target: "",
      version: "1.1",
      headers: new Headers(),
      scheme: undefined,
      authority: undefined,
    },
    requestLine: "<BADREQ>",
    response: undefined,
    status,
    body: Buffer.alloc(0),
    bodyComplete: false,
    responseBody: Buffer.alloc(0),
    cookieState: "-",
    setCookieState: "-",
    capturedRequestCookie: undefined,
    capturedResponseCookie: undefined,
    user: undefined,
    cacheHit: false,
    trailers: undefined,
  };
}
