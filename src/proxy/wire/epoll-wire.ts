import { Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import type { WriteBatch } from "../../sys/index.js";
import { latin1Text, writeLatin1 } from "../../sys/index.js";
import { type Sys, socketLoop } from "./loop.js";
import type { SocketWire, WireHandler, WireInfo } from "./wire.js";

const highWater = 65_536;
const joinBelow = 16_384;
const readsInARow = 4;
const EAGAIN = -11;
const EINTR = -4;
const SOL_SOCKET = 1;
const SO_LINGER = 13;
const SO_KEEPALIVE = 9;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_KEEPIDLE = 4;
const EPOLLOUT = 0x004;
const EPOLLIN = 0x001;
const EPOLLERR = 0x008;
const EPOLLHUP = 0x010;
const EPOLLRDHUP = 0x2000;
const EPOLLET = 0x80000000;
const edges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

/** All sockets of a thread read into this one; what is read is used up before the next read. */
const shared = Buffer.allocUnsafeSlow(65_536);
/** Text is put here on its way to the kernel. */
const scratch = Buffer.allocUnsafeSlow(65_536);

const silent: WireHandler = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} };

/** Wires that have more to read than their turn allowed, or that are wanted again while the kernel's word is past. */
let waiting: EpollWire[] = [];
let waitingScheduled = false;

function readSoon(wire: EpollWire): void {
  waiting.push(wire);
  if (waitingScheduled) return;
  waitingScheduled = true;
  setImmediate(readWaiting);
}

function readWaiting(): void {
  waitingScheduled = false;
  const wires = waiting;
  waiting = [];
  for (const wire of wires) wire.readAgain();
}

/**
 * A wire over a socket that the thread's SocketLoop watches: recv(2) and send(2) themselves, without streams, requests and copies. The
 * kernel tells each edge once, so nothing has to be changed in its set until the socket is closed.
 */
export class EpollWire implements SocketWire {
  info: WireInfo;
  handler: WireHandler = silent;
  afterClose: (() => void) | undefined = undefined;
  bytesRead = 0;
  bytesWritten = 0;
  destroyed = false;
  readonly #sys: Sys;
  #fd: number;
  readonly #slot: number;
  #flowing = false;
  /** The kernel may have something: it says so once. */
  #readable = false;
  #peerDone = false;
  #endGiven = false;
  #ending = false;
  #finSent = false;
  #corked = false;
  #held = "";
  #heldBytes = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #unread: Buffer | undefined;
  #queued = false;
  #error: (Error & { code?: string }) | undefined;

  /**
   * @param slot of the loop where the descriptor is watched already (a connection that was being made)
   * @param told what the loop told of it there: it won't be told again
   */
  constructor(sys: Sys, fd: number, info: WireInfo, slot = -1, told = 0) {
    this.#sys = sys;
    this.#fd = fd;
    this.info = info;
    const loop = socketLoop(sys);
    if (slot >= 0) {
      loop.replace(slot, this);
      this.#slot = slot;
      this.#readable = true; // its first edges were told to another
      this.#peerDone = (told & EPOLLRDHUP) !== 0;
    } else this.#slot = loop.add(fd, edges, this);
  }

  get descriptor(): number | undefined {
    return this.destroyed ? undefined : this.#fd;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** @internal What the kernel says. */
  ready(events: number): void {
    if (this.destroyed) return;
    if ((events & EPOLLOUT) !== 0 && this.#pendingBytes > 0) this.#sendPending();
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) === 0) return;
    if ((events & EPOLLRDHUP) !== 0) this.#peerDone = true;
    this.#readable = true;
    const reads = this.#flowing && this.#unread === undefined && !this.#queued;
    // What came before a reset is still there to be read; the read behind it tells the error.
    if ((events & EPOLLERR) !== 0 && !(reads && (events & EPOLLIN) !== 0)) this.#checkError();
    else if (reads) this.#read();
  }

  /** @internal */
  readAgain(): void {
    this.#queued = false;
    if (this.destroyed || !this.#flowing) return;
    const unread = this.#unread;
    if (unread !== undefined) {
      this.#unread = undefined;
      this.bytesRead += unread.length;
      this.handler.onData(unread);
      if (this.destroyed || !this.#flowing) return;
      if (this.#unread !== undefined) {
        this.#readLater();
        return;
      }
    }
    if (this.#readable) this.#read();
  }

  #readLater(): void {
    if (this.#queued) return;
    this.#queued = true;
    readSoon(this);
  }

  #read(): void {
    const { receiveInto } = this.#sys;
    for (let turn = 0; turn < readsInARow; turn++) {
      const length = receiveInto(this.#fd, shared);
      if (length > 0) {
        // Less than there was room for: that was all, unless the end stands behind it.
        if (length < shared.length && !this.#peerDone) this.#readable = false;
        this.bytesRead += length;
        this.handler.onData(shared.subarray(0, length));
        if (!this.#readable || !this.#flowing || this.destroyed || this.#unread !== undefined) return;
      } else if (length === 0) {
        this.#readable = false;
        this.#gotEnd();
        return;
      } else if (length === EAGAIN) {
        this.#readable = false;
        return;
      } else if (length !== EINTR) {
        this.#fail("read", length);
        return;
      }
    }
    this.#readLater();
  }

  #gotEnd(): void {
    if (this.#endGiven) return;
    this.#endGiven = true;
    this.handler.onEnd();
    this.#closeWhenDone();
  }

  #checkError(): void {
    const errno = this.#sys.getOption(this.#fd, SOL_SOCKET, this.#sys.SO_ERROR).readInt32LE(0);
    if (errno !== 0) this.#fail("read", -errno);
    else if (this.#flowing) this.#read();
  }

  write(bytes: Uint8Array | string): boolean {
    if (this.destroyed || this.#ending) return true;
    this.bytesWritten += bytes.length;
    if (this.#corked) {
      if (
        this.#heldBytes + bytes.length <= joinBelow &&
        (typeof bytes === "string" || bytes.length <= 4096)
      ) {
        this.#heldBytes += bytes.length;
        this.#held += typeof bytes === "string" ? bytes : latin1(bytes);
        return true;
      }
      this.#flush(true);
    }
    return typeof bytes === "string" ? this.#sendText(bytes, false) : this.#send(bytes, bytes.length, false);
  }

  #sendText(text: string, more: boolean): boolean {
    if (text.length > scratch.length) {
      const bytes = Buffer.from(text, "latin1");
      return this.#send(bytes, bytes.length, more);
    }
    writeLatin1(scratch, 0, text);
    return this.#send(scratch, text.length, more);
  }

  #send(bytes: Uint8Array, length: number, more: boolean): boolean {
    if (this.destroyed) return true;
    let taken = 0;
    if (this.#pendingBytes === 0) {
      taken = this.#sys.sendFrom(this.#fd, bytes, length, more);
      if (taken === length) return true;
      if (taken < 0) {
        if (taken !== EAGAIN && taken !== EINTR) {
          this.#failLater("write", taken);
          return true;
        }
        taken = 0;
      }
    }
    this.#keep(bytes.subarray(taken, length));
    return this.#pendingBytes < highWater;
  }

  /** What the kernel hasn't taken, until it tells that it does. */
  #keep(rest: Uint8Array): void {
    this.#pending.push(Buffer.from(rest));
    this.#pendingBytes += rest.length;
  }

  #sendPending(): void {
    while (this.#pending.length > 0) {
      const [first] = this.#pending as [Buffer];
      const taken = this.#sys.sendFrom(this.#fd, first, first.length, this.#pending.length > 1);
      if (taken < 0) {
        if (taken === EINTR) continue;
        if (taken !== EAGAIN) this.#fail("write", taken);
        return;
      }
      this.#pendingBytes -= taken;
      if (taken < first.length) {
        this.#pending[0] = first.subarray(taken);
        return;
      }
      this.#pending.shift();
    }
    if (this.#ending) this.#sendFin();
    else this.handler.onDrain();
  }

  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#flush(false);
  }

  /** As uncork; gives true if what was held is put into the batch instead: once that is written `batched` is to be called. */
  uncorkInto(batch: WriteBatch): boolean {
    if (!this.#corked || this.#heldBytes === 0 || this.#heldBytes > batch.longest || this.#pendingBytes > 0) {
      this.uncork();
      return false;
    }
    batch.add(this.#fd, this.#held);
    this.#corked = false;
    this.#held = "";
    this.#heldBytes = 0;
    return true;
  }

  /** @param at which of the batch's texts was this wire's */
  batched(batch: WriteBatch, at: number): void {
    const taken = batch.result(at);
    if (taken < 0 && taken !== EAGAIN && taken !== EINTR) {
      this.#failLater("write", taken);
      return;
    }
    const rest = batch.rest(at, Math.max(taken, 0));
    if (rest.length > 0) this.#keep(rest);
  }

  #flush(more: boolean): void {
    if (this.#heldBytes === 0) return;
    const text = this.#held;
    this.#held = "";
    this.#heldBytes = 0;
    this.#sendText(text, more);
  }

  resume(): void {
    if (this.#flowing || this.destroyed) return;
    this.#flowing = true;
    if (this.#unread !== undefined || this.#readable) this.#readLater();
  }

  pause(): void {
    this.#flowing = false;
  }

  end(): void {
    if (this.destroyed || this.#ending) return;
    this.#corked = false;
    this.#flush(false);
    this.#ending = true;
    if (this.#pendingBytes === 0) this.#sendFin();
  }

  #sendFin(): void {
    if (this.#finSent || this.destroyed) return;
    this.#finSent = true;
    this.#sys.shutdownWrite(this.#fd);
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (this.#finSent && this.#endGiven) this.destroy();
  }

  destroy(reset = false): void {
    if (this.destroyed) return;
    if (!reset) this.uncork();
    if (this.destroyed) return;
    this.destroyed = true;
    this.#flowing = false;
    const fd = this.#fd;
    if (reset && this.info.realSource.family !== 0)
      try {
        this.#sys.setOption(fd, SOL_SOCKET, SO_LINGER, lingerZero);
      } catch {
        // it is closed all the same
      }
    // With bytes unread close(2) sends RST alone: what was sent, and that it has ended, would be lost for the peer.
    else if (!this.#finSent && !this.#endGiven && this.#error === undefined) this.#sys.shutdownWrite(fd);
    this.#fd = -1;
    socketLoop(this.#sys).remove(fd, this.#slot, true);
    this.#sys.close(fd);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#held = "";
    this.#heldBytes = 0;
    queueMicrotask(() => {
      this.handler.onClose(this.#error);
      this.afterClose?.();
    });
  }

  #fail(call: string, negative: number): void {
    if (this.destroyed) return;
    const code = getSystemErrorName(negative);
    this.#error ??= Object.assign(new Error(`${call} ${code}`), { code });
    this.destroy();
  }

  /** Who writes isn't called back within its call. */
  #failLater(call: string, negative: number): void {
    queueMicrotask(() => this.#fail(call, negative));
  }

  unshift(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.bytesRead -= bytes.length;
    this.#unread = this.#unread === undefined ? Buffer.from(bytes) : Buffer.concat([bytes, this.#unread]);
    if (this.#flowing) this.#readLater();
  }

  setNoDelay(on: boolean): void {
    if (!this.destroyed && this.info.realSource.family !== 0)
      this.#sys.setOption(this.#fd, IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0);
  }

  setKeepAlive(on: boolean, idleMs = 0): void {
    if (this.destroyed || this.info.realSource.family === 0) return;
    this.#sys.setOption(this.#fd, SOL_SOCKET, SO_KEEPALIVE, on ? 1 : 0);
    if (on && idleMs >= 1000)
      this.#sys.setOption(this.#fd, IPPROTO_TCP, TCP_KEEPIDLE, Math.floor(idleMs / 1000));
  }

  /** The socket as node:net's, for TLS and node:http2; bytes that were put back are put back into it. The wire is no more. */
  takeSocket(): Socket {
    this.uncork();
    const fd = this.#fd;
    socketLoop(this.#sys).remove(fd, this.#slot);
    this.destroyed = true;
    this.#flowing = false;
    const socket = new Socket({ fd, allowHalfOpen: true, manualStart: true } as ConstructorParameters<
      typeof Socket
    >[0]);
    for (const bytes of this.#pending) socket.write(bytes);
    if (this.#unread !== undefined) socket.unshift(this.#unread);
    // Who takes its handle expects it to read.
    socket.read(0);
    return socket;
  }
}

/** struct linger: on, 0 seconds: close(2) sends RST. */
const lingerZero = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);

function latin1(bytes: Uint8Array): string {
  return Buffer.isBuffer(bytes)
    ? latin1Text(bytes, 0, bytes.length)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
