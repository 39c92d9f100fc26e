import type { ResponseHead } from "../../../proxy/index.js";
import { challenge } from "../../rules/answer-actions.js";
import type { EndedBy, EndedIn } from "../endings.js";
import type { HttpStream } from "./http-stream.js";
import { knownLength, responseSize } from "./message-size.js";
import { builtinMessage, type Message } from "./messages.js";
import { type CompiledReply, findReply, makeMessage } from "./replies.js";
import { Step } from "./request-steps.js";
import { watchClient } from "./response-progress.js";
import { runAfterResponseRules } from "./response-rules.js";

const closeFieldSize = "connection".length + "close".length;

/** Answers that the proxy gives itself: errors, redirections, what rules return. */
export class OwnAnswer {
  readonly #stream: HttpStream;
  /** The answer that a rule chose for the status. */
  reply: CompiledReply | undefined;
  /** http-after-response rules failed on an answer to that: it is sent as it is. */
  #plain = false;

  constructor(stream: HttpStream) {
    this.#stream = stream;
  }

  /** Ends the request with an answer of a status, unless one is on its way. */
  refuse(status: number, by: EndedBy, phase: EndedIn): void {
    this.#stream.status = status;
    this.#stream.endsBy(by, phase);
    this.answer();
  }

  /** Answers with what the proxies say of the stream's status. */
  answer(close = false): void {
    const { reply } = this;
    if (reply === undefined || reply.kind === "default") this.#sendFound(this.#find(), close);
    else this.#sendFound(reply, close);
  }

  sendReply(reply: CompiledReply): void {
    this.#sendFound(reply.kind === "default" ? this.#find(reply.status) : reply, false);
  }

  #find(status = this.#stream.status): CompiledReply {
    const { back, front } = this.#stream;
    return findReply(status, back.replies, front.replies);
  }

  #sendFound(reply: CompiledReply, close: boolean): void {
    if (reply.kind === "nothing") this.#stream.breakOff();
    else if (reply.kind === "message") this.send(reply.message, close);
    else if (reply.kind === "made") this.send(makeMessage(reply, this.#stream.requestContext), close);
    else this.send(builtinMessage(reply.status), close);
  }

  /** 401 or 407 with a challenge. */
  askForUser(status: number, realm: string): void {
    this.#stream.status = status;
    this.send(challenge(this.#stream, status, realm));
  }

  /** Sends a whole answer; http-after-response rules apply to it. */
  send(message: Message, close = false): void {
    const stream = this.#stream;
    if (stream.responded || stream.ended) return;
    if (stream.status < 0) stream.status = message.status;
    const head: ResponseHead = {
      status: message.status,
      reason: message.reason,
      version: "1.1",
      headers: message.headers.copy(),
    };
    stream.response = head;
    if (!this.#plain && !runAfterResponseRules(stream)) {
      this.#failed(close);
      return;
    }
    stream.responded = true;
    stream.steps.goTo(Step.answer);
    this.#countUnsent();
    stream.link.abandon();
    const { body } = message;
    stream.bytesOut +=
      responseSize(head) + (message.close ? closeFieldSize : 0) + (stream.headOnly ? 0 : body.length);
    if (stream.gone) stream.finish();
    else this.#write(head, body, close || message.close);
  }

  /** http-after-response rules failed: 500 instead, to which they apply again; failing on that too, they are left out. */
  #failed(close: boolean): void {
    const stream = this.#stream;
    stream.endsBy("P", stream.endedIn);
    this.#plain = stream.status === 500;
    stream.status = 500;
    this.reply = undefined;
    stream.tally.internalError();
    this.answer(close);
  }

  /** What came of a server's body is counted, though it goes no further. */
  #countUnsent(): void {
    const stream = this.#stream;
    const { body } = stream.answer;
    if (body !== undefined)
      stream.bytesOut += Math.min(
        knownLength(body.source.length),
        stream.streams.process.config.global.tune.bufsize,
      );
  }

  #write(head: ResponseHead, body: Buffer, close: boolean): void {
    const stream = this.#stream;
    const whole = stream.bodyComplete;
    const sink = stream.exchange.respond(head, body.length, {
      close: close || !whole || stream.streams.process.stopping === true,
    });
    if (body.length > 0 && !stream.headOnly) sink.write(body);
    sink.end();
    if (!whole) stream.requestBody.discard();
    watchClient(stream);
  }
}
