import { noEndpoint } from "../wire/endpoint.js";
import type { Wire, WireHandler, WireInfo } from "../wire/wire.js";

const silent: WireHandler = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} };

/** Two wires in memory, each the other's peer. What is written comes in a later microtask, and at most `window` bytes wait. */
export function memoryWires(
  info: Partial<WireInfo> = {},
  window = 65_536,
): readonly [MemoryWire, MemoryWire] {
  const a = new MemoryWire(info, window);
  const b = new MemoryWire(info, window);
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** A wire for tests: no socket, no time. */
export class MemoryWire implements Wire {
  info: WireInfo;
  handler: WireHandler = silent;
  afterClose: (() => void) | undefined = undefined;
  destroyed = false;
  wasReset = false;
  bytesRead = 0;
  bytesWritten = 0;
  peer!: MemoryWire;
  readonly #window: number;
  #incoming: Buffer[] = [];
  #incomingBytes = 0;
  #endIncoming = false;
  #endGiven = false;
  #ending = false;
  #flowing = false;
  #scheduled = false;
  #drainOwed = false;
  #closed = false;

  constructor(info: Partial<WireInfo>, window: number) {
    this.info = {
      source: noEndpoint,
      destination: noEndpoint,
      realSource: noEndpoint,
      realDestination: noEndpoint,
      tls: undefined,
      proxyProtocol: undefined,
      ...info,
    };
    this.#window = window;
  }

  get pendingBytes(): number {
    return Math.max(0, this.peer.#incomingBytes - this.#window);
  }

  write(bytes: Uint8Array | string): boolean {
    if (this.destroyed || this.#ending || this.peer.destroyed) return true;
    const copy = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : Buffer.from(bytes);
    this.bytesWritten += copy.length;
    if (copy.length > 0) this.peer.#take(copy);
    if (this.pendingBytes === 0) return true;
    this.#drainOwed = true;
    return this.pendingBytes < this.#window;
  }

  cork(): void {}
  uncork(): void {}

  resume(): void {
    this.#flowing = true;
    this.#schedule();
  }

  pause(): void {
    this.#flowing = false;
  }

  end(): void {
    if (this.destroyed || this.#ending) return;
    this.#ending = true;
    this.peer.#endIncoming = true;
    this.peer.#schedule();
    this.#closeWhenBothEnded();
  }

  destroy(reset = false): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.wasReset = reset;
    const { peer } = this;
    queueMicrotask(() => {
      this.#close(undefined);
      if (reset) peer.#fail();
      else if (!peer.destroyed) {
        peer.#endIncoming = true;
        peer.#schedule();
      }
    });
  }

  unshift(bytes: Uint8Array): void {
    this.bytesRead -= bytes.length;
    this.#incoming.unshift(Buffer.from(bytes));
    this.#incomingBytes += bytes.length;
    this.#schedule();
  }

  setNoDelay(): void {}
  setKeepAlive(): void {}

  #take(bytes: Buffer): void {
    this.#incoming.push(bytes);
    this.#incomingBytes += bytes.length;
    this.#schedule();
  }

  #fail(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#close(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    this.#scheduled = false;
    if (this.destroyed || !this.#flowing) return;
    const bytes = this.#incoming.shift();
    if (bytes !== undefined) {
      this.#incomingBytes -= bytes.length;
      this.bytesRead += bytes.length;
      this.handler.onData(bytes);
      this.#schedule();
      this.peer.#drained();
    } else if (this.#endIncoming && !this.#endGiven) {
      this.#endGiven = true;
      this.handler.onEnd();
      this.#closeWhenBothEnded();
    }
  }

  #drained(): void {
    if (!this.#drainOwed || this.pendingBytes > 0 || this.destroyed) return;
    this.#drainOwed = false;
    this.handler.onDrain();
  }

  #closeWhenBothEnded(): void {
    if (!this.#ending || !this.#endGiven || this.destroyed) return;
    this.destroyed = true;
    queueMicrotask(() => this.#close(undefined));
  }

  #close(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.handler.onClose(error);
    this.afterClose?.();
  }
}
