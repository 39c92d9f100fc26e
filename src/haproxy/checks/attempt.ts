import type { ClientConnection, ConnectFailure, Wire } from "../../proxy/index.js";
import type { SampleContext } from "../run/index.js";
import type { CheckState } from "./check-state.js";
import { checkStatus } from "./check-status.js";
import { connectTarget } from "./connect-target.js";
import { connectFailure, systemError, where } from "./failure-text.js";
import { exchangeOverH2 } from "./h2-exchange.js";
import { parseResponse, requestBytes } from "./http-message.js";
import type { CheckResponse, CheckView, Ending, Script, Step } from "./steps.js";

/**
 * One run of a check's script: connects, sends, looks at what comes, as its steps say (tcpcheck_main). It calls `done` once; after `cancel`
 * never.
 */
export class CheckAttempt implements CheckView {
  readonly check: CheckState;
  readonly context: SampleContext;
  received: Buffer = Buffer.alloc(0);
  response: CheckResponse | undefined;
  readonly #script: Script;
  readonly #done: (ending: Ending) => void;
  /** The step to be done, or under way. */
  #at = 0;
  #reached: Step | undefined;
  /** Where the row of expects begins that looks at what comes now. */
  #firstExpect: number | undefined;
  #wire: Wire | undefined;
  #h2: ClientConnection | undefined;
  #connecting: { cancel(): void } | undefined;
  #raw: Buffer = Buffer.alloc(0);
  #method = "";
  #malformed = false;
  #ended = false;
  #error: (Error & { code?: string }) | undefined;
  #linger = false;
  #code = 0;
  #over = false;
  #stopTimer: (() => void) | undefined;

  constructor(check: CheckState, script: Script, done: (ending: Ending) => void) {
    this.check = check;
    this.#script = script;
    this.#done = done;
    this.context = { session: undefined, stream: undefined, direction: "response", final: true, check };
  }

  start(): void {
    this.check.beginVariables();
    for (const [name, value] of this.#script.presets) this.check.variables.set(name, value);
    this.#advance();
  }

  cancel(): void {
    this.#over = true;
    this.#stopTimer?.();
    this.#close(false);
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
          if (bytes !== undefined) this.#wire?.write(bytes);
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
    const full = this.#raw.length >= this.#limit;
    if (this.#raw.length === 0 && this.#ended) {
      if (this.#error !== undefined) this.#broken(this.#error);
      else
        this.#end({
          status: step.errorStatus ?? checkStatus.L7RSP,
          description: `TCPCHK got an empty response at step ${step.number}${comment(step)}`,
        });
      return false;
    }
    if (this.#raw.length === 0) return this.#wait();
    const last = this.#ended || full || this.#complete;
    if (this.#script.http) {
      if (this.#malformed) {
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
    this.#wire?.resume();
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
      const tls = this.#wire?.info.tls !== undefined;
      return {
        status: tls ? checkStatus.L6OK : checkStatus.L4OK,
        description: step.implicit ? undefined : "(tcp-check)",
      };
    }
    return { status: checkStatus.L7OK, description: "(tcp-check)" };
  }

  #connect(step: Step & { kind: "connect" }): void {
    this.#close(this.#linger);
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
    this.#linger = target.linger;
    this.#stopTimer?.();
    // Who only wants to know of a listener leaves before its server is told of a connection.
    const delayAck = this.#script.steps[this.#at + 1]?.kind !== "expect";
    this.#connecting = surroundings.engine.connect(
      delayAck ? { ...target.options, delayAck } : target.options,
      {
        onConnected: (wire) => {
          this.#connecting = undefined;
          if (this.#over) {
            wire.destroy(true);
            return;
          }
          this.#listen(wire);
          const header = target.header?.(wire.info);
          if (header !== undefined) wire.write(header);
          this.#limitTime(timeouts.check ?? deadline - surroundings.now());
          if (target.h2 || wire.info.tls?.alpn === "h2") this.#openH2(wire);
          this.#at++;
          this.#advance();
        },
        onFailed: (failure) => {
          this.#connecting = undefined;
          if (!this.#over) this.#failed(failure);
        },
      },
    );
  }

  #openH2(wire: Wire): void {
    if (!this.#script.http) return;
    this.#h2 = this.check.server.all.surroundings.engine.speak?.(wire, {
      h2: true,
      maxHeadBytes: this.#limit,
      maxFields: this.check.server.all.surroundings.config.global.tune.httpMaxhdr,
      acceptInvalid: false,
    });
  }

  #listen(wire: Wire): void {
    this.#wire = wire;
    this.#ended = false;
    this.#error = undefined;
    wire.handler = {
      onData: (bytes) => {
        if (this.#wire === wire) this.#take(bytes);
      },
      onEnd: () => {
        if (this.#wire === wire) this.#finish(undefined);
      },
      onDrain: () => {},
      onClose: (error) => {
        if (this.#wire === wire) this.#finish(error);
      },
    };
    wire.resume();
  }

  #take(bytes: Buffer): void {
    const room = this.#limit - this.#raw.length;
    this.#raw = Buffer.concat([this.#raw, bytes.subarray(0, room)]);
    if (room <= bytes.length) this.#wire?.pause();
    this.#look();
  }

  #finish(error: (Error & { code?: string }) | undefined): void {
    if (this.#ended && error === undefined) return;
    this.#ended = true;
    this.#error ??= error;
    this.#look();
  }

  /** Something new is there. */
  #look(): void {
    if (this.#over) return;
    if (this.#script.http && this.#h2 === undefined) this.#parse();
    else if (!this.#script.http) this.received = this.#raw;
    this.#publish();
    const step = this.#script.steps[this.#at];
    if (step?.kind === "expect") this.#advance();
    else if (this.#ended && this.#error !== undefined) this.#broken(this.#error);
  }

  #complete = false;

  #parse(): void {
    const parsed = parseResponse(this.#raw, this.#ended, this.#method);
    if (parsed === "malformed") this.#malformed = true;
    else if (parsed !== undefined) {
      this.response = parsed.response;
      this.received = parsed.body;
      this.#complete = parsed.complete;
    }
  }

  /** Fetches of rules see it through the check. */
  #publish(): void {
    this.check.received = this.received;
    this.check.response = this.response;
  }

  #request(step: Step & { kind: "http-send" }): void {
    const request = step.make(this);
    this.#forget();
    this.#method = request.method;
    if (this.#h2 === undefined) {
      this.#wire?.write(requestBytes(request));
      return;
    }
    exchangeOverH2(this.#h2, request, {
      onProgress: (response, body, complete) => {
        if (this.#over) return;
        this.#raw = Buffer.from("HTTP/2");
        this.response = response;
        this.received = body;
        this.#complete = complete;
        this.#look();
      },
      onFailed: () => this.#finish(undefined),
    });
  }

  #forget(): void {
    this.#raw = Buffer.alloc(0);
    this.received = this.#raw;
    this.response = undefined;
    this.#complete = false;
    this.#malformed = false;
    this.#publish();
  }

  get #limit(): number {
    return this.check.server.all.surroundings.config.global.tune.bufsize;
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
    const { status, text } = connectFailure(failure, this.#wire === undefined);
    this.#end({ status, description: text + this.#where() });
  }

  /** The connection broke before anything was answered. */
  #broken(error: Error & { code?: string }): void {
    this.#end({ status: checkStatus.SOCKERR, description: systemError(error.code ?? "") + this.#where() });
  }

  #where(): string {
    return this.#script.tellsSteps ? where(this.#reached) : "";
  }

  #end(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer?.();
    this.#close(this.#linger);
    this.#done(ending);
  }

  /** Without linger a connection is reset: neither side keeps anything of it. */
  #close(linger: boolean): void {
    this.#connecting?.cancel();
    this.#connecting = undefined;
    this.#h2?.close();
    this.#h2 = undefined;
    const wire = this.#wire;
    this.#wire = undefined;
    if (wire !== undefined && !wire.destroyed) {
      if (linger) wire.end();
      wire.destroy(!linger && !this.#ended);
    }
  }
}

function comment(step: Step): string {
  return step.comment === undefined ? "" : ` comment: '${step.comment}'`;
}
