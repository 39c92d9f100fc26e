import { Outcome } from "../../rules/outcome.js";
import { runRules, undecided } from "../../rules/rule.js";
import { passesResponse } from "../content-outcome.js";
import { never } from "../deadlines.js";
import type { HttpStream } from "./http-stream.js";
import { responseSize } from "./message-size.js";
import type { ResponseBody } from "./response-body.js";
import { failResponse } from "./response-failure.js";

/**
 * `tcp-response content` rules of one answer: they see as much of it as is there, and wait for more until `inspect-delay` is over, which
 * begins when the request is sent. Without a delay they see the head at once.
 */
export class ResponseInspection {
  readonly #stream: HttpStream;
  #late = false;
  /** They have let the answer pass. */
  over = false;

  constructor(stream: HttpStream) {
    this.#stream = stream;
    const { responseDelayMs } = stream.back;
    if (responseDelayMs > 0) stream.deadlines.watchPhase(stream.now + responseDelayMs);
  }

  /** The delay is over: rules decide by what has come, be it nothing. */
  late(): void {
    this.#late = true;
    // Timers come before what sockets have: bytes that were there in time are read first, as HAProxy does.
    setImmediate(() => {
      const stream = this.#stream;
      if (this.over || stream.ended || stream.responded || stream.answer.inspection !== this) return;
      stream.answer.inspectAgain();
    });
  }

  /** Whether the answer may go on. If not, more of it is waited for, or it is refused. `body`: undefined before its head is there. */
  passes(body: ResponseBody | undefined): boolean {
    const stream = this.#stream;
    const { responseContext: context, deadlines, back } = stream;
    context.final = back.responseDelayMs === 0 || this.#late || body?.settled === true;
    const outcome = runRules(back.tcpResponse, context);
    context.final = true;
    if (outcome === undecided || outcome === Outcome.wait) {
      // What comes, at once or later, leads to the rules again.
      body?.collect();
      return false;
    }
    this.over = true;
    deadlines.phase = never;
    if (!passesResponse(stream, outcome)) {
      if (stream.response !== undefined) stream.bytesOut += responseSize(stream.response);
      stream.response = undefined;
      stream.breakOff();
      return false;
    }
    if (stream.closesServer) return this.#closeServer(body);
    return true;
  }

  /** `close`: what has come is all that is sent on. */
  #closeServer(body: ResponseBody | undefined): boolean {
    const stream = this.#stream;
    if (body === undefined) {
      stream.tally.serverAbort();
      stream.link.abandon();
      failResponse(stream, 502, "S");
      return false;
    }
    body.cutOff();
    stream.link.drop();
    return true;
  }
}
