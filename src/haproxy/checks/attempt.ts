import type { ConnectFailure } from "../../proxy/index.js";
import type { SampleContext } from "../run/index.js";
import { Answer, type ConnectionError } from "./answer.js";
import { CheckConnection } from "./check-connection.js";
import type { CheckState } from "./check-state.js";
import { checkStatus } from "./check-status.js";
import { connectTarget } from "./connect-target.js";
import { connectFailure, systemError, where } from "./failure-text.js";
import type { CheckResponse, CheckView, Ending, Script, Step } from "./steps.js";

/**
 * One run of a check's script: connects, sends, looks at what comes, as its steps say (tcpcheck_main). It calls `done` once; after `cancel`
 * never.
 */
export class CheckAttempt implements CheckView {
  readonly check: CheckState;
  readonly context: SampleContext;
  readonly #script: Script;
  readonly #done: (ending: Ending) => void;
  /** The step to be done, or under way. */
  #at = 0;
  #reached: Step | undefined;
  /** Where the row of expects begins that looks at what comes now. */
  #firstExpect: number | undefined;
  readonly #answer: Answer;
  readonly #connection: CheckConnection;
  #code = 0;
  #over = false;
  #stopTimer: (() => void) | undefined;

  constructor(check: CheckState, script: Script, done: (ending: Ending) => void) {
    this.check = check;
    this.#script = script;
    this.#done = done;
    this.context = { session: undefined, stream: undefined, direction: "response", final: true, check };
    const { engine, config } = check.server.all.surroundings;
    const { bufsize, httpMaxhdr } = config.global.tune;
    const { http } = script;
    this.#answer = new Answer(http, bufsize);
    this.#connection = new CheckConnection(
      { engine, http, maxHeadBytes: bufsize, maxFields: httpMaxhdr },
      {
        onData: (bytes) => {
          if (!this.#answer.take(bytes)) this.#connection.pause();
          this.#look();
        },
        onMessage: (response, body, complete) => {
          this.#answer.takeMessage(response, body, complete);
          this.#look();
        },
        onEnd: (error) => {
          if (this.#answer.finish(error)) this.#look();
        },
      },
    );
  }

  get received(): Buffer {
    return this.#answer.received;
  }

  get response(): CheckResponse | undefined {
    return this.#answer.response;
  }

  start(): void {
    this.check.beginVariables();
    for (const [name, value] of this.#script.presets) this.check.variables.set(name, value);
    this.#advance();
  }

  cancel(): void {
    this.#over = true;
    this.#stopTimer?.();
    this.#connection.close(false);
  }

  #advance(): void {
    const { steps } = this.#script;
    while (!this.#over && this.#at < steps.length) {
      const step = steps[this.#at] as Step;
      this.#code = 0;
      if (step.kind !== "do") this.#reached = step;
      if (step.kind !== "expect") this.#firstExpect = undefined;
      switch (step.kind) {
        case "connect":
          this.#connect(step);
          return;
        case "send": {
          const bytes = step.make(this);
          if (bytes === "failed") {
            this.#end({
              status: checkStatus.L7RSP,
              description: `tcp-check send : failed to build log-format string at step ${step.number}`,
            });
            return;
          }
          this.#forget();
          if (bytes !== undefined) this.#connection.write(bytes);
          break;
        }
        case "http-send":
          this.#request(step);
          break;
        case "do":
          step.work(this);
          break;
        case "expect":
          this.#firstExpect ??= this.#at;
          if (!this.#expect(step)) return;
          break;
      }
      this.#at++;
    }
    if (!this.#over) this.#passed();
  }

  /** false: it waits, or the check is over. */
  #expect(step: Step & { kind: "expect" }): boolean {
    const answer = this.#answer;
    if (answer.isEmpty && answer.ended) {
      if (answer.error !== undefined) this.#broken(answer.error);
      else
        this.#end({
          status: step.errorStatus ?? checkStatus.L7RSP,
          description: `TCPCHK got an empty response at step ${step.number}${comment(step)}`,
        });
      return false;
    }
    if (answer.isEmpty) return this.#wait();
    const last = answer.isLast;
    if (this.#script.http) {
      if (answer.malformed) {
        this.#end({
          status: checkStatus.L7RSP,
          description: step.comment === undefined ? undefined : ` comment: ${step.comment}`,
        });
        return false;
      }
      if (this.response === undefined && !last) return this.#wait();
      this.#code = this.response?.status ?? 0;
      if (this.#conditional()) return true;
    }
    const verdict = step.evaluate(this, last);
    if (verdict === "continue") return true;
    if (verdict === "wait") return this.#wait();
    this.#end({ code: this.#code, ...verdict });
    return false;
  }

  #wait(): false {
    this.#at = this.#firstExpect ?? this.#at;
    this.#connection.resume();
    return false;
  }

  /** A 404 of a server that is up, with `http-check disable-on-404`. */
  #conditional(): boolean {
    const { server } = this.check;
    return (
      this.#code === 404 &&
      server.proxy.section.check.disableOn404 &&
      server.nextState !== 0 &&
      !this.check.agent
    );
  }

  #passed(): void {
    this.#end(this.#success());
  }

  /** What the last step makes of a script that was done to its end. */
  #success(): Ending {
    const step = this.#reached;
    if (step?.kind === "expect") {
      if (this.#script.http && this.response !== undefined) {
        this.#code = this.response.status;
        if (this.#conditional()) return { status: checkStatus.L7OKC, description: undefined, code: 404 };
      }
      return { code: this.#code, ...step.succeeded(this) };
    }
    if (step?.kind === "connect") {
      return {
        status: this.#connection.isTls ? checkStatus.L6OK : checkStatus.L4OK,
        description: step.implicit ? undefined : "(tcp-check)",
      };
    }
    return { status: checkStatus.L7OK, description: "(tcp-check)" };
  }

  #connect(step: Step & { kind: "connect" }): void {
    this.#connection.close();
    this.#forget();
    const { check } = this;
    const { surroundings } = check.server.all;
    const { timeouts } = check.server.proxy.section;
    // With timeout check the connection has min(inter, timeout connect); without it, inter is for everything.
    const limit =
      timeouts.check !== undefined && timeouts.connect !== undefined
        ? Math.min(check.interMs, timeouts.connect)
        : check.interMs;
    const deadline = surroundings.now() + limit;
    const target = connectTarget(check, step, this.context, limit);
    if (target === undefined) {
      this.#end({ status: checkStatus.SOCKERR, description: this.#where() });
      return;
    }
    this.#stopTimer?.();
    const delayAck = this.#script.steps[this.#at + 1]?.kind !== "expect";
    this.#answer.begin();
    this.#connection.connect(target, delayAck, {
      onConnected: () => {
        this.#limitTime(timeouts.check ?? deadline - surroundings.now());
        this.#at++;
        this.#advance();
      },
      onFailed: (failure) => this.#failed(failure),
    });
  }

  /** Something new is there. */
  #look(): void {
    if (this.#over) return;
    if (!this.#connection.isH2) this.#answer.parse();
    this.#publish();
    const step = this.#script.steps[this.#at];
    if (step?.kind === "expect") this.#advance();
    else if (this.#answer.ended && this.#answer.error !== undefined) this.#broken(this.#answer.error);
  }

  /** Fetches of rules see it through the check. */
  #publish(): void {
    this.check.received = this.received;
    this.check.response = this.response;
  }

  #request(step: Step & { kind: "http-send" }): void {
    const request = step.make(this);
    this.#forget(request.method);
    this.#connection.request(request);
  }

  #forget(method?: string): void {
    this.#answer.forget(method);
    this.#publish();
  }

  #limitTime(ms: number): void {
    this.#stopTimer?.();
    this.#stopTimer = this.check.server.all.surroundings.after(Math.max(1, ms), () => {
      const step = this.#script.steps[this.#at];
      const status = (step?.kind === "expect" ? step.timeoutStatus : undefined) ?? checkStatus.L7TOUT;
      this.#end({ status, description: this.#where() });
    });
  }

  #failed(failure: ConnectFailure): void {
    const { status, text } = connectFailure(failure);
    this.#end({ status, description: text + this.#where() });
  }

  /** The connection broke before anything was answered. */
  #broken(error: ConnectionError): void {
    this.#end({ status: checkStatus.SOCKERR, description: systemError(error.code ?? "") + this.#where() });
  }

  #where(): string {
    return this.#script.tellsSteps ? where(this.#reached) : "";
  }

  #end(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer?.();
    this.#connection.close();
    this.#done(ending);
  }
}

function comment(step: Step): string {
  return step.comment === undefined ? "" : ` comment: '${step.comment}'`;
}
