import { constants, createDeflate, createDeflateRaw, createGzip, type Gzip } from "node:zlib";
import type { BodySink, Headers } from "../../proxy/index.js";
import type { Algorithm } from "./choose.js";

/**
 * Compresses what is written to it into another sink. What came is sent at once, not only when a block is full: events of a stream aren't
 * held up. Who writes is stopped while the sink below, or zlib's thread, has enough to do.
 */
export class ZlibSink implements BodySink {
  onDrain: () => void = () => undefined;
  readonly #zlib: Gzip;
  #trailers: Headers | undefined;
  #waiting = false;

  constructor(
    algorithm: Exclude<Algorithm, "identity">,
    level: number,
    sink: BodySink,
    counted: (bytesOut: number) => void,
    finished: () => void,
  ) {
    const options = { level, flush: constants.Z_SYNC_FLUSH };
    const create = { gzip: createGzip, deflate: createDeflate, "raw-deflate": createDeflateRaw }[algorithm];
    this.#zlib = create(options);
    sink.onDrain = () => this.#zlib.resume();
    this.#zlib.on("data", (bytes: Buffer) => {
      counted(bytes.length);
      if (!sink.write(bytes)) this.#zlib.pause();
    });
    this.#zlib.on("drain", () => {
      if (!this.#waiting) return;
      this.#waiting = false;
      this.onDrain();
    });
    this.#zlib.on("end", () => sink.end(this.#trailers));
    this.#zlib.on("close", finished);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#zlib.destroyed) return true;
    const goesOn = this.#zlib.write(Buffer.from(bytes));
    if (!goesOn) this.#waiting = true;
    return goesOn;
  }

  end(trailers?: Headers): void {
    this.#trailers = trailers;
    this.#zlib.end();
  }

  abort(): void {
    this.#zlib.destroy();
  }
}
