import { countBackendRequest } from "../../tables/index.js";
import { chooseBackend } from "../choose-backend.js";
import { applyPersistRules, applyServerRules } from "../persistence.js";
import { applyStickRules } from "../stickiness.js";
import type { HttpStream } from "./http-stream.js";
import { beginRequest } from "./request-begin.js";
import { bodyThere, refuseCut } from "./request-body-wait.js";
import { inspectRequest } from "./request-inspection.js";
import { processRequest } from "./request-process.js";
import { runRequestRules } from "./request-rules.js";

/** Where a request stands between its head and its server: the order of process_stream's analysers. */
export const Step = {
  inspectFront: 0,
  begin: 1,
  waitBodyFront: 2,
  rulesFront: 3,
  chooseBackend: 4,
  waitBodyBack: 5,
  inspectBack: 6,
  rulesBack: 7,
  process: 8,
  waitBodyBalance: 9,
  persist: 10,
  connect: 11,
  answer: 12,
} as const;

/** Leads a request from its head to its server, and waits where it has to. */
export class RequestSteps {
  readonly #stream: HttpStream;
  #step: number = Step.inspectFront;

  constructor(stream: HttpStream) {
    this.#stream = stream;
  }

  goTo(step: number): void {
    this.#step = step;
  }

  /** It is answered, or on its way to who answers. */
  get over(): boolean {
    return this.#step >= Step.connect;
  }

  get inspecting(): boolean {
    return this.#step === Step.inspectFront || this.#step === Step.inspectBack;
  }

  /** Goes on through the steps until one has to wait, answers, or hands over to a server. */
  advance(): void {
    const stream = this.#stream;
    while (!stream.ended && this.#step < Step.connect) {
      const step = this.#step;
      // What it did may have gone further by itself: bytes that came at once, an answer.
      if (!this.#passes() || this.#step !== step) return;
      this.#step = step + 1;
    }
    if (stream.ended || this.#step !== Step.connect) return;
    this.#step = Step.answer;
    const { cut } = stream.requestBody;
    if (cut === undefined) stream.link.begin();
    else refuseCut(stream, cut);
  }

  /** false: this step isn't over, or there is no next one. */
  #passes(): boolean {
    const stream = this.#stream;
    const { front, back } = stream;
    switch (this.#step) {
      case Step.inspectFront:
        return front.tcpRequest.length === 0 || inspectRequest(stream, front);
      case Step.begin:
        return beginRequest(stream);
      case Step.waitBodyFront:
        return !front.section.options.httpBufferRequest || bodyThere(stream, 0, front);
      case Step.rulesFront:
        // Of a front end of mode tcp they are run only where a rule of it made its connections HTTP.
        return !(front.http || front.becomesHttp) || runRequestRules(stream, front);
      case Step.chooseBackend:
        return this.#chooseBackend();
      case Step.waitBodyBack:
        return (
          back === front ||
          !back.section.options.httpBufferRequest ||
          front.section.options.httpBufferRequest ||
          bodyThere(stream, 0, back)
        );
      case Step.inspectBack:
        return back === front || back.tcpRequest.length === 0 || inspectRequest(stream, back);
      case Step.rulesBack:
        if (back === front) return true;
        if (stream.tracked.length > 0 && stream.requestContext.waiting === undefined)
          countBackendRequest(stream);
        return runRequestRules(stream, back);
      case Step.process:
        applyServerRules(stream);
        processRequest(stream);
        return true;
      case Step.waitBodyBalance: {
        const bytes = this.#balancingBytes();
        return bytes === 0 || bodyThere(stream, bytes, back);
      }
      default:
        applyStickRules(stream);
        return true;
    }
  }

  #chooseBackend(): boolean {
    const stream = this.#stream;
    chooseBackend(stream);
    if (stream.back.http) {
      applyPersistRules(stream);
      return true;
    }
    // A back end of mode tcp can't have a request.
    stream.endsBy("I", "R");
    stream.status = 500;
    stream.tally.internalError();
    stream.own.answer();
    return false;
  }

  /** `balance url_param` with check_post: the parameter may be in so many bytes of the body; 0: that isn't asked for. */
  #balancingBytes(): number {
    const { back, request, search } = this.#stream;
    const { balance } = back.section;
    if (balance.algorithm !== "url_param" || request.method !== "POST") return 0;
    return search.wanted === undefined ? Math.max(0, balance.checkPost) : 0;
  }
}
