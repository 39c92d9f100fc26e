import type { WireHandler } from "../../../proxy/index.js";
import type { TcpStream } from "./tcp-stream.js";

const nothing = Buffer.alloc(0);

/** What a client says until there is a server: held, so that rules can look at it. */
export class ClientBytes implements WireHandler {
  held: Buffer = nothing;
  /** It sent FIN. */
  ended = false;
  /** No more can be held. */
  full = false;
  readonly #stream: TcpStream;

  constructor(stream: TcpStream) {
    this.#stream = stream;
  }

  onData(bytes: Buffer): void {
    const stream = this.#stream;
    this.held = this.held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.held, bytes]);
    stream.requestBytes = this.held;
    stream.bytesIn += bytes.length;
    stream.lastActivity = stream.deadlines.clientActive = stream.now;
    const { tune } = stream.streams.process.config.global;
    if (this.held.length >= tune.bufsize - tune.maxrewrite) {
      this.full = true;
      stream.wire.pause();
    }
    stream.advance();
  }

  onEnd(): void {
    this.ended = true;
    this.#stream.clientEnded();
  }

  onDrain(): void {}

  onClose(): void {
    this.#stream.clientLeft();
  }

  /** They are on their way. */
  take(): Buffer {
    const { held } = this;
    this.held = nothing;
    this.#stream.requestBytes = nothing;
    return held;
  }
}
