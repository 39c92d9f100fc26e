import { Duplex } from "node:stream";
import type { SocketWire, Wire, WireHandler, WireInfo } from "./wire.js";

/** A wire as a stream of Node's, for node:http2. A wire over a socket gives the socket itself; `first` was read of it before. */
export function duplexOf(wire: Wire, first?: Uint8Array): Duplex {
  const duplex = "takeSocket" in wire ? (wire as SocketWire).takeSocket() : new WireDuplex(wire);
  if (first !== undefined && first.length > 0) duplex.unshift(Buffer.from(first));
  return duplex;
}

class WireDuplex extends Duplex implements WireHandler {
  readonly #wire: Wire;
  #written: (() => void) | undefined;

  constructor(wire: Wire) {
    super({ allowHalfOpen: true, decodeStrings: true });
    this.#wire = wire;
    wire.handler = this;
  }

  override _read(): void {
    this.#wire.resume();
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    if (this.#wire.write(bytes)) done();
    else this.#written = done;
  }

  override _final(done: () => void): void {
    this.#wire.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#wire.destroy();
    done(error);
  }

  onData(bytes: Buffer): void {
    if (!this.push(Buffer.from(bytes))) this.#wire.pause();
  }

  onEnd(): void {
    this.push(null);
  }

  onDrain(): void {
    const done = this.#written;
    this.#written = undefined;
    done?.();
  }

  onClose(error: Error | undefined): void {
    this.destroy(error);
  }
}

const silent: WireHandler = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} };

/** A stream of Node's as a wire: a tunnel within HTTP/2. */
export class DuplexWire implements Wire {
  readonly info: WireInfo;
  handler: WireHandler = silent;
  afterClose: (() => void) | undefined = undefined;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #stream: Duplex;
  #error: Error | undefined;
  #waits = false;

  constructor(stream: Duplex, info: WireInfo) {
    this.info = info;
    this.#stream = stream;
    stream.pause();
    stream.on("data", (bytes: Buffer) => {
      this.bytesRead += bytes.length;
      this.handler.onData(bytes);
    });
    stream.on("end", () => this.handler.onEnd());
    stream.on("drain", () => {
      if (this.#waits) {
        this.#waits = false;
        this.handler.onDrain();
      }
    });
    stream.on("error", (error) => {
      this.#error ??= error;
    });
    stream.on("close", () => {
      this.handler.onClose(this.#error);
      this.afterClose?.();
    });
  }

  get destroyed(): boolean {
    return this.#stream.destroyed;
  }

  get pendingBytes(): number {
    return this.#stream.writableLength;
  }

  write(bytes: Uint8Array | string): boolean {
    if (!this.#stream.writable) return true;
    this.bytesWritten += bytes.length;
    const taken =
      typeof bytes === "string"
        ? this.#stream.write(Buffer.from(bytes, "latin1"))
        : this.#stream.write(Buffer.from(bytes));
    if (!taken) this.#waits = true;
    return taken;
  }

  cork(): void {}
  uncork(): void {}

  resume(): void {
    this.#stream.resume();
  }

  pause(): void {
    this.#stream.pause();
  }

  end(): void {
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  unshift(bytes: Uint8Array): void {
    this.bytesRead -= bytes.length;
    this.#stream.unshift(Buffer.from(bytes));
  }

  setNoDelay(): void {}
  setKeepAlive(): void {}
}
