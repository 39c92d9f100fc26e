import type { Wire, WireHandler } from "../../../proxy/index.js";
import { Outcome } from "../../rules/outcome.js";
import { runRules, undecided } from "../../rules/rule.js";
import { passesResponse } from "../content-outcome.js";
import { never } from "../deadlines.js";
import type { Relay } from "../relay.js";
import { storeServer } from "../stickiness.js";
import type { TcpStream } from "./tcp-stream.js";

/** Holds what a server says until tcp-response content rules have looked at it; what the client says goes on meanwhile. */
export class AnswerInspection implements WireHandler {
  readonly #stream: TcpStream;
  readonly #relay: Relay;
  readonly #wire: Wire;
  #held: Buffer = Buffer.alloc(0);
  #ended = false;
  /** No more can be held: rules decide by what has come. */
  #full = false;
  #late = false;
  #over = false;

  constructor(stream: TcpStream, relay: Relay, wire: Wire) {
    this.#stream = stream;
    this.#relay = relay;
    this.#wire = wire;
  }

  start(): void {
    this.#wire.handler = this;
    this.#relay.startClient();
    this.#inspect();
    if (!this.#over && !this.#stream.ended) this.#wire.resume();
  }

  onData(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
    const { tune } = this.#stream.streams.process.config.global;
    if (this.#held.length >= tune.bufsize) {
      this.#wire.pause();
      this.#full = true;
    }
    this.#inspect();
  }

  onEnd(): void {
    this.#ended = true;
    this.#inspect();
  }

  onDrain(): void {
    this.#stream.wire.resume();
  }

  onClose(error: Error | undefined): void {
    if (error === undefined) this.onEnd();
    else this.#stream.link.onRelayBroken(false);
  }

  /** The delay is over: rules decide by what has come. */
  late(): void {
    this.#late = true;
    this.#inspect();
  }

  #inspect(): void {
    const stream = this.#stream;
    if (this.#over || stream.ended) return;
    const { responseContext: context, deadlines } = stream;
    const { responseDelayMs, tcpResponse } = stream.back;
    stream.responseBytes = this.#held;
    context.final = responseDelayMs === 0 || this.#ended || this.#full || this.#late;
    const outcome = runRules(tcpResponse, context);
    if (outcome === undecided || outcome === Outcome.wait) {
      if (responseDelayMs > 0) deadlines.watchPhase(stream.now + responseDelayMs);
      return;
    }
    deadlines.phase = never;
    this.#over = true;
    if (passesResponse(stream, outcome)) this.#pass();
    else {
      stream.bytesOut += this.#held.length;
      stream.breakOff();
    }
  }

  #pass(): void {
    const stream = this.#stream;
    const { server } = this.#relay;
    storeServer(stream);
    if (this.#held.length > 0) {
      stream.wire.write(this.#held);
      stream.bytesOut += this.#held.length;
    }
    if (this.#ended) server.ended = true;
    if (stream.closesServer) {
      this.#wire.destroy(true);
      server.ended = true;
    }
    this.#relay.startServer();
  }
}
