import { Errno, SystemError } from "./errno.js";
import { lastErrno, libc } from "./libc.js";
import { addressOf } from "./memory.js";

/** What the kernel tells, or is told, beside a datagram. `data` is in the kernel's own layout and byte order. */
export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** A datagram with what came beside it; both share no memory with the next one. */
export interface ReceivedMessage {
  readonly bytes: Buffer;
  /** The sender's sockaddr. */
  readonly sender: Buffer;
  readonly control: readonly ControlMessage[];
  /** It was longer than there was room for. */
  readonly truncated: boolean;
}

/*
 * struct msghdr of a 64-bit kernel, and struct iovec that it points to (include/linux/socket.h, uapi/linux/uio.h):
 *
 *   0      8           12      16    24          32        40             48      52   56
 *   | name | nameLength|   0   | iov | iov count | control | controlLength | flags |  0 |
 *
 *   0         8        16
 *   | base    | length |
 *
 * struct cmsghdr, each at a multiple of 8:
 *
 *   0                 8        12       16
 *   | length with this | level  | type   | data ...
 */
const headSize = 56;
const controlHead = 16;
const MSG_TRUNC = 0x20;
const align = (length: number) => (length + 7) & ~7;

/** Room for messages of a size; one may serve many calls after each other. */
export class MessageRoom {
  readonly #head = Buffer.alloc(headSize);
  readonly #vector = Buffer.alloc(16);
  readonly #name = Buffer.alloc(128);
  readonly #control: Buffer;
  readonly #bytes: Buffer;

  constructor(size: number, controlSize = 256) {
    this.#bytes = Buffer.alloc(size);
    this.#control = Buffer.alloc(controlSize);
  }

  /** The next datagram; undefined if there is none (EAGAIN). */
  receive(fd: number, flags = 0): ReceivedMessage | undefined {
    this.#point(this.#bytes, this.#name.length, this.#control.length);
    const length = libc.recvmsg(fd, this.#head, flags);
    if (length < 0) {
      const errno = lastErrno();
      if (errno === Errno["EAGAIN"]) return undefined;
      throw new SystemError("recvmsg", errno);
    }
    return {
      bytes: Buffer.from(this.#bytes.subarray(0, length)),
      sender: Buffer.from(this.#name.subarray(0, this.#head.readUInt32LE(8))),
      control: this.#readControl(Number(this.#head.readBigUInt64LE(40))),
      truncated: (this.#head.readUInt32LE(48) & MSG_TRUNC) !== 0,
    };
  }

  /** Sends a datagram. The number of bytes sent, or undefined if the queue is full (EAGAIN). */
  send(
    fd: number,
    bytes: Uint8Array,
    address: Uint8Array,
    control: readonly ControlMessage[] = [],
    flags = 0,
  ): number | undefined {
    this.#bytes.set(bytes);
    this.#name.set(address);
    const controlLength = this.#writeControl(control);
    this.#point(this.#bytes.subarray(0, bytes.length), address.length, controlLength);
    const sent = libc.sendmsg(fd, this.#head, flags);
    if (sent >= 0) return sent;
    const errno = lastErrno();
    if (errno === Errno["EAGAIN"]) return undefined;
    throw new SystemError("sendmsg", errno);
  }

  #point(bytes: Uint8Array, nameLength: number, controlLength: number): void {
    this.#vector.writeBigUInt64LE(addressOf(this.#bytes), 0);
    this.#vector.writeBigUInt64LE(BigInt(bytes.length), 8);
    this.#head.fill(0);
    this.#head.writeBigUInt64LE(addressOf(this.#name), 0);
    this.#head.writeUInt32LE(nameLength, 8);
    this.#head.writeBigUInt64LE(addressOf(this.#vector), 16);
    this.#head.writeBigUInt64LE(1n, 24);
    if (controlLength > 0) this.#head.writeBigUInt64LE(addressOf(this.#control), 32);
    this.#head.writeBigUInt64LE(BigInt(controlLength), 40);
  }

  #writeControl(messages: readonly ControlMessage[]): number {
    let at = 0;
    for (const { level, type, data } of messages) {
      this.#control.fill(0, at, at + align(controlHead + data.length));
      this.#control.writeBigUInt64LE(BigInt(controlHead + data.length), at);
      this.#control.writeInt32LE(level, at + 8);
      this.#control.writeInt32LE(type, at + 12);
      this.#control.set(data, at + controlHead);
      at += align(controlHead + data.length);
    }
    return at;
  }

  #readControl(end: number): ControlMessage[] {
    const messages: ControlMessage[] = [];
    for (let at = 0; at + controlHead <= end; ) {
      const length = Number(this.#control.readBigUInt64LE(at));
      if (length < controlHead || at + length > end) break;
      messages.push({
        level: this.#control.readInt32LE(at + 8),
        type: this.#control.readInt32LE(at + 12),
        data: Buffer.from(this.#control.subarray(at + controlHead, at + length)),
      });
      at += align(length);
    }
    return messages;
  }
}
