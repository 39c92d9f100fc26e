import type { OnReadOpts, Socket } from "node:net";
import { latin1Text } from "../../sys/index.js";
import type { SocketWire, WireHandler, WireInfo } from "./wire.js";

/** More than this waiting: `write` says stop. */
const highWater = 65_536;
/** Up to this, writes that go together are joined as text: one call, one copy. */
const joinBelow = 16_384;
const nothing = Buffer.alloc(0);

/** All sockets of a thread read into this one; what is read is used up before the next read. */
const shared = Buffer.allocUnsafeSlow(65_536);

/**
 * What is written is copied here first. Where the kernel took all at once (nearly always) it is used again; otherwise the pending write
 * keeps it, and another is taken.
 */
let scratch = Buffer.allocUnsafeSlow(65_536);

const silentHandler: WireHandler = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} };

/** What of a socket's handle is used where it is there: to stop and start reading without going through a stream's states. */
interface Handle {
  readonly fd?: number;
  reading?: boolean;
  readStart?(): number;
  readStop?(): number;
}

interface WiredSocket extends Socket {
  _handle?: Handle | null;
  [ownWire]?: NetWire;
}

const ownWire = Symbol("wire");

/** The `onread` of a socket that is to be a wire: one object for all, the socket is `this`. */
export const sharedRead: OnReadOpts = {
  buffer: shared,
  callback(this: unknown, length: number): boolean {
    const wire = (this as WiredSocket)[ownWire];
    if (wire === undefined) return false;
    return wire.received(shared.subarray(0, length));
  },
};

/** A wire over a socket of node:net, or of node:tls. */
export class NetWire implements SocketWire {
  info: WireInfo;
  handler: WireHandler = silentHandler;
  afterClose: (() => void) | undefined = undefined;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #socket: WiredSocket;
  /** Reads come by `sharedRead`; otherwise by "data". */
  readonly #direct: boolean;
  readonly #raw: Socket | undefined;
  #flowing = false;
  #ended = false;
  #closed = false;
  #corked = false;
  #held = "";
  #heldPieces: (Buffer | string)[] | undefined;
  #heldBytes = 0;
  #waitsForDrain = false;
  #unread: Buffer | undefined;
  #unreadScheduled = false;
  #endHeld = false;
  #error: Error | undefined;
  readonly #written: () => void;

  /**
   * @param direct the socket was made with `sharedRead`.
   * @param raw the socket under a TLS one.
   */
  constructor(socket: Socket, info: WireInfo, direct: boolean, raw?: Socket) {
    this.info = info;
    this.#socket = socket;
    this.#direct = direct;
    this.#raw = raw;
    (socket as WiredSocket)[ownWire] = this;
    this.#written = () => this.#drained();
    if (!direct) {
      socket.pause();
      socket.on("data", dataCame);
    }
    socket.on("end", endCame);
    socket.on("error", errorCame);
    socket.on("close", closeCame);
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  get descriptor(): number | undefined {
    const fd = this.#socket._handle?.fd;
    return fd === undefined || fd < 0 ? undefined : fd;
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array | string): boolean {
    const socket = this.#socket;
    this.bytesWritten += bytes.length;
    if (this.#corked) {
      if (this.#hold(bytes)) return true;
      this.#flush(bytes);
    } else if (typeof bytes === "string") socket.write(bytes, "latin1", this.#written);
    else this.#send(bytes);
    return this.#taken();
  }

  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    if (this.#heldBytes > 0) {
      this.#flush(undefined);
      this.#taken();
    }
  }

  resume(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    if (this.#unread !== undefined || this.#endHeld) this.#replayLater();
    else this.#startReading();
  }

  pause(): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    const handle = this.#socket._handle;
    if (!this.#direct) this.#socket.pause();
    else if (handle?.readStop !== undefined && handle.reading) {
      handle.reading = false;
      handle.readStop();
    }
  }

  end(): void {
    this.uncork();
    if (!this.#socket.destroyed) this.#socket.end();
  }

  destroy(reset = false): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    if (!reset) {
      if (this.#heldBytes > 0) this.uncork();
      socket.destroy();
      return;
    }
    // Under TLS it is closed without RST: Node 20 dies when a socket is reset that a TLS one stands on.
    try {
      if (this.#raw !== undefined || this.info.realSource.family === 0) socket.destroy();
      else socket.resetAndDestroy();
    } catch {
      socket.destroy();
    }
    this.#raw?.destroy();
  }

  unshift(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.bytesRead -= bytes.length;
    this.#unread = this.#unread === undefined ? Buffer.from(bytes) : Buffer.concat([bytes, this.#unread]);
    if (this.#flowing) {
      this.#stopReading();
      this.#replayLater();
    }
  }

  setNoDelay(on: boolean): void {
    (this.#raw ?? this.#socket).setNoDelay(on);
  }

  setKeepAlive(on: boolean, idleMs = 0): void {
    (this.#raw ?? this.#socket).setKeepAlive(on, idleMs);
  }

  /** Lets the socket go: what comes of it isn't told any more. */
  release(): void {
    const socket = this.#socket;
    this.#closed = true;
    socket.off("data", dataCame);
    socket.off("end", endCame);
    socket.off("close", closeCame); // its errors stay caught
  }

  /** The socket itself, for who reads and writes it from now on; bytes that were put back are put back into it. */
  takeSocket(): Socket {
    this.uncork();
    this.release();
    const unread = this.#unread;
    this.#unread = undefined;
    if (unread !== undefined) this.#socket.unshift(unread);
    // Who takes the handle expects it to read.
    this.#flowing = true;
    if (this.#direct) this.#startReading();
    return this.#socket;
  }

  /** Gives bytes that the socket read to who reads; false: stop reading. */
  received(bytes: Buffer): boolean {
    if (this.#unread !== undefined) {
      // Read while older bytes still wait for their turn.
      this.#unread = Buffer.concat([this.#unread, bytes]);
      this.#stopReading();
      return false;
    }
    this.bytesRead += bytes.length;
    this.handler.onData(bytes);
    return this.#flowing && this.#unread === undefined;
  }

  #send(bytes: Uint8Array): void {
    const socket = this.#socket;
    const length = bytes.length;
    if (length > scratch.length) {
      socket.write(Buffer.from(bytes), this.#written);
      return;
    }
    const used = scratch;
    used.set(bytes, 0);
    socket.write(length === used.length ? used : used.subarray(0, length), this.#written);
    if (socket.writableLength > 0) scratch = Buffer.allocUnsafeSlow(used.length);
  }

  /** Whether the bytes could be kept for the flush. */
  #hold(bytes: Uint8Array | string): boolean {
    if (this.#heldBytes + bytes.length > joinBelow) return false;
    this.#heldBytes += bytes.length;
    if (typeof bytes === "string") this.#held += bytes;
    else if (bytes.length <= 4096) this.#held += latin1(bytes);
    else {
      this.#heldPieces ??= [];
      if (this.#held !== "") this.#heldPieces.push(this.#held);
      this.#heldPieces.push(Buffer.from(bytes));
      this.#held = "";
    }
    return true;
  }

  #flush(further: Uint8Array | string | undefined): void {
    const socket = this.#socket;
    const text = this.#held;
    const pieces = this.#heldPieces;
    this.#held = "";
    this.#heldPieces = undefined;
    this.#heldBytes = 0;
    if (pieces === undefined && further === undefined) {
      socket.write(text, "latin1", this.#written);
      return;
    }
    socket.cork();
    if (pieces !== undefined)
      for (const piece of pieces)
        if (typeof piece === "string") socket.write(piece, "latin1");
        else socket.write(piece);
    if (text !== "") socket.write(text, "latin1");
    let gone = false;
    if (typeof further === "string") socket.write(further, "latin1");
    else if (further !== undefined && further.length <= scratch.length) {
      scratch.set(further, 0);
      socket.write(scratch.subarray(0, further.length));
      gone = true;
    } else if (further !== undefined) socket.write(Buffer.from(further));
    socket.uncork();
    if (gone && socket.writableLength > 0) scratch = Buffer.allocUnsafeSlow(scratch.length);
    if (socket.writableLength > 0) socket.write(nothing, this.#written);
  }

  #taken(): boolean {
    const waiting = this.#socket.writableLength;
    if (waiting === 0) return true;
    this.#waitsForDrain = true;
    return waiting < highWater;
  }

  #drained(): void {
    if (!this.#waitsForDrain || this.#socket.writableLength > 0 || this.#closed) return;
    this.#waitsForDrain = false;
    this.handler.onDrain();
  }

  #startReading(): void {
    const handle = this.#socket._handle;
    if (!this.#direct) this.#socket.resume();
    else if (handle?.readStart !== undefined) {
      if (handle.reading) return;
      handle.reading = true;
      const failed = handle.readStart();
      if (failed !== 0) this.#socket.destroy(new Error(`reading could not be started: ${failed}`));
    }
  }

  #stopReading(): void {
    const flowing = this.#flowing;
    this.#flowing = true;
    this.pause();
    this.#flowing = flowing;
  }

  #replayLater(): void {
    if (this.#unreadScheduled) return;
    this.#unreadScheduled = true;
    queueMicrotask(() => this.#replay());
  }

  #replay(): void {
    this.#unreadScheduled = false;
    if (!this.#flowing || this.#closed) return;
    const bytes = this.#unread;
    this.#unread = undefined;
    if (bytes !== undefined) {
      this.bytesRead += bytes.length;
      this.handler.onData(bytes);
    }
    if (!this.#flowing || this.#closed) return;
    if (this.#unread !== undefined) this.#replayLater();
    else if (this.#endHeld) this.#giveEnd();
    else this.#startReading();
  }

  /** @internal */
  endCame(): void {
    this.#ended = true;
    if (this.#flowing && this.#unread === undefined) this.#giveEnd();
    else this.#endHeld = true;
  }

  #giveEnd(): void {
    this.#endHeld = false;
    this.handler.onEnd();
  }

  /** @internal */
  errorCame(error: Error): void {
    this.#error ??= error;
  }

  /** @internal */
  closeCame(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.handler.onClose(this.#error);
    this.afterClose?.();
  }

  /** Whether the peer's FIN has been seen. */
  get peerEnded(): boolean {
    return this.#ended;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.isBuffer(bytes)
    ? latin1Text(bytes, 0, bytes.length)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

// One function for all sockets: `this` is the socket.
function dataCame(this: Socket, bytes: Buffer): void {
  const wire = (this as WiredSocket)[ownWire] as NetWire;
  if (!wire.received(bytes)) this.pause();
}

function endCame(this: Socket): void {
  ((this as WiredSocket)[ownWire] as NetWire).endCame();
}

function errorCame(this: Socket, error: Error): void {
  ((this as WiredSocket)[ownWire] as NetWire).errorCame(error);
}

function closeCame(this: Socket): void {
  ((this as WiredSocket)[ownWire] as NetWire).closeCame();
}
