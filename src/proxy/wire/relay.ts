import type { Wire, WireHandler } from "./wire.js";

export interface RelayHandler {
  /** A side sent FIN, which has been passed on: only the other direction goes on. */
  onHalfClosed(side: "a" | "b"): void;
  /** Both wires are closed. `by` is the side that ended it, or broke (`error`); undefined: `destroy` did. */
  onClosed(result: RelayResult): void;
}

export interface RelayResult {
  readonly by: "a" | "b" | undefined;
  readonly error: (Error & { code?: string }) | undefined;
}

export interface RelayOptions {
  /** What was read of a side before, for inspection: it goes first. */
  readonly fromA?: Uint8Array;
  readonly fromB?: Uint8Array;
}

/**
 * Passes bytes between two wires in both directions until both have ended: reads no more of one side than the other takes, passes FIN on
 * as FIN (the other direction goes on), and an error as a close.
 */
export function relay(a: Wire, b: Wire, handler: RelayHandler, options: RelayOptions = {}): Relay {
  return new Relay(a, b, handler, options);
}

export class Relay {
  readonly #a: Side;
  readonly #b: Side;
  readonly #handler: RelayHandler;
  #result: RelayResult | undefined;
  #open = 2;

  constructor(a: Wire, b: Wire, handler: RelayHandler, options: RelayOptions) {
    this.#handler = handler;
    this.#a = new Side(a, "a", this);
    this.#b = new Side(b, "b", this);
    this.#a.other = this.#b;
    this.#b.other = this.#a;
    a.handler = this.#a;
    b.handler = this.#b;
    if (options.fromA !== undefined && options.fromA.length > 0) this.#a.give(options.fromA);
    if (options.fromB !== undefined && options.fromB.length > 0) this.#b.give(options.fromB);
    // One may be closed by now: then `onClose` came to who had it before.
    if (a.destroyed || b.destroyed) queueMicrotask(() => this.#checkClosed());
    a.resume();
    b.resume();
  }

  /** Bytes that came from a side and were given to the other. */
  get bytesFromA(): number {
    return this.#a.bytes;
  }

  get bytesFromB(): number {
    return this.#b.bytes;
  }

  /** When a side last sent something, or took something that had waited (performance.now()). */
  get activityA(): number {
    return this.#a.activity;
  }

  get activityB(): number {
    return this.#b.activity;
  }

  /** Whether a side has sent FIN. */
  get endedA(): boolean {
    return this.#a.ended;
  }

  get endedB(): boolean {
    return this.#b.ended;
  }

  /** Breaks it off; `onClosed` follows. */
  destroy(reset = false): void {
    this.#result ??= { by: undefined, error: undefined };
    this.#a.wire.destroy(reset);
    this.#b.wire.destroy(reset);
    this.#checkClosed();
  }

  #checkClosed(): void {
    for (const side of [this.#a, this.#b]) if (side.wire.destroyed && !side.closed) side.onClose(undefined);
  }

  /** @internal */
  halfClosed(side: Side): void {
    if (side.other.ended) this.#result ??= { by: side.name, error: undefined };
    this.#handler.onHalfClosed(side.name);
  }

  /** @internal */
  sideClosed(side: Side, error: (Error & { code?: string }) | undefined): void {
    this.#result ??= { by: side.name, error };
    this.#open--;
    const { other } = side;
    if (!other.closed && !other.wire.destroyed)
      if (error === undefined && side.ended)
        other.wire.end(); // what is pending is still sent; its FIN, or the time limit of who watches, ends it
      else other.wire.destroy();
    if (this.#open === 0) this.#handler.onClosed(this.#result);
  }
}

class Side implements WireHandler {
  readonly wire: Wire;
  readonly name: "a" | "b";
  other!: Side;
  bytes = 0;
  activity = performance.now();
  ended = false;
  closed = false;
  readonly #relay: Relay;

  constructor(wire: Wire, name: "a" | "b", owner: Relay) {
    this.wire = wire;
    this.name = name;
    this.#relay = owner;
  }

  give(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (!this.other.wire.write(bytes)) this.wire.pause();
  }

  onData(bytes: Buffer): void {
    this.activity = performance.now();
    this.bytes += bytes.length;
    if (!this.other.wire.write(bytes)) this.wire.pause();
  }

  onEnd(): void {
    if (this.ended) return;
    this.ended = true;
    this.other.wire.end();
    this.#relay.halfClosed(this);
  }

  onDrain(): void {
    this.activity = performance.now();
    if (!this.other.ended) this.other.wire.resume();
  }

  onClose(error: (Error & { code?: string }) | undefined): void {
    if (this.closed) return;
    this.closed = true;
    this.#relay.sideClosed(this, error);
  }
}
