import { close } from "./descriptor.js";
import { EpollWatch } from "./epoll-watch.js";
import { SystemError } from "./errno.js";
import { checked, lastErrno, libc } from "./libc.js";

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
export const EPOLLIN = 0x001;
export const EPOLLOUT = 0x004;
export const EPOLLERR = 0x008;
export const EPOLLHUP = 0x010;
export const EPOLLRDHUP = 0x2000;
export const EPOLLEXCLUSIVE = 0x10000000;
export const EPOLLET = 0x80000000;
/** So many at most wait for what the others' work wrote. */
const batch = 64;
/** Batches taken before the event loop has its turn again. */
const turns = 16;

/**
 * struct epoll_event (include/uapi/linux/eventpoll.h) in 32-bit words; packed on x86_64, aligned elsewhere. The data are a slot and how
 * often the slot was used before:
 *
 *     x86_64:   | events | slot | use |      aarch64:  | events | pad | slot | use |
 */
const words = process.arch === "x64" ? { size: 3, slot: 1 } : { size: 4, slot: 2 };

export interface Pollable {
  /** `events` are EPOLL… bits. */
  ready(events: number): void;
}

/**
 * Many sockets, one epoll descriptor, called from Node's event loop: nothing is allocated for an event. Unlike ReadySet it says edges too,
 * and calls objects, not functions.
 */
export class SocketLoop {
  readonly #epoll = checked("epoll_create1", libc.epollCreate(EPOLL_CLOEXEC));
  readonly #watch: EpollWatch;
  readonly #events = new Uint32Array(batch * words.size);
  readonly #eventBytes = Buffer.from(this.#events.buffer);
  readonly #one = new Uint32Array(words.size);
  readonly #oneBytes = Buffer.from(this.#one.buffer);
  readonly #slots: (Pollable | undefined)[] = [];
  readonly #uses: number[] = [];
  readonly #free: number[] = [];
  #count = 0;
  readonly #after: () => void;
  /** Within a batch's work: `after` will be called. */
  busy = false;

  /** @param after what is called after the work of each batch of events. */
  constructor(after: () => void) {
    this.#after = after;
    this.#watch = new EpollWatch(this.#epoll, () => this.#dispatch());
  }

  /** Watches a descriptor; gives its slot. While one is watched the process is kept alive. */
  add(fd: number, events: number, pollable: Pollable): number {
    const slot = this.#free.pop() ?? this.#slots.length;
    const use = ((this.#uses[slot] ?? 0) + 1) >>> 0;
    this.#uses[slot] = use;
    this.#slots[slot] = pollable;
    this.#one[0] = events >>> 0;
    this.#one[words.slot] = slot;
    this.#one[words.slot + 1] = use;
    if (libc.epollControl(this.#epoll, EPOLL_CTL_ADD, fd, this.#oneBytes) < 0) {
      const errno = lastErrno();
      this.#slots[slot] = undefined;
      this.#free.push(slot);
      throw new SystemError("epoll_ctl(EPOLL_CTL_ADD)", errno);
    }
    if (++this.#count === 1) this.#watch.ref();
    return slot;
  }

  /** Events of the slot come to this one from now on. */
  replace(slot: number, pollable: Pollable): void {
    this.#slots[slot] = pollable;
  }

  /** Stops watching. `closing`: the descriptor is closed next, which takes it out of the set by itself. */
  remove(fd: number, slot: number, closing = false): void {
    if (this.#slots[slot] === undefined) return;
    this.#slots[slot] = undefined;
    this.#free.push(slot);
    if (!closing) libc.epollControl(this.#epoll, EPOLL_CTL_DEL, fd, this.#oneBytes);
    if (--this.#count === 0) this.#watch.unref();
  }

  #dispatch(): void {
    this.busy = true;
    try {
      this.#takeEvents();
    } finally {
      this.busy = false;
    }
  }

  #takeEvents(): void {
    const events = this.#events;
    for (let turn = 0; turn < turns; turn++) {
      const count = libc.epollWait(this.#epoll, this.#eventBytes, batch, 0) as number;
      for (let at = 0, end = count * words.size; at < end; at += words.size) {
        const slot = events[at + words.slot] as number;
        if (this.#uses[slot] !== events[at + words.slot + 1]) continue; // of the slot's former use
        try {
          this.#slots[slot]?.ready(events[at] as number);
        } catch (error) {
          throwLater(error);
        }
      }
      try {
        this.#after();
      } catch (error) {
        throwLater(error);
      }
      if (count < batch) return;
    }
  }

  close(): void {
    this.#watch.close();
    close(this.#epoll);
  }
}

/** Where the process hears of it: edges of the others are told once, and must not be lost. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Bytes received (0: the end), or the negative errno. */
export function receiveInto(fd: number, bytes: Uint8Array): number {
  const length = libc.recv(fd, bytes, bytes.length, MSG_DONTWAIT) as number;
  return length >= 0 ? length : -lastErrno();
}

/** Bytes taken, or the negative errno. `more`: others follow at once (MSG_MORE). */
export function sendFrom(fd: number, bytes: Uint8Array, length: number, more = false): number {
  const taken = libc.send(
    fd,
    bytes,
    length,
    more ? MSG_NOSIGNAL_DONTWAIT | MSG_MORE : MSG_NOSIGNAL_DONTWAIT,
  ) as number;
  return taken >= 0 ? taken : -lastErrno();
}

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL_DONTWAIT = 0x4040;
const MSG_MORE = 0x8000;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const SOCK_NONBLOCK_CLOEXEC = 0o2004000;

/** A connection's descriptor, whose peer's sockaddr is written into `address`, or the negative errno. */
export function acceptInto(fd: number, address: Uint8Array, length: Uint8Array): number {
  const made = libc.accept4(fd, address, length, SOCK_NONBLOCK_CLOEXEC) as number;
  return made >= 0 ? made : -lastErrno();
}

export function setNonBlocking(fd: number): void {
  const flags = checked("fcntl(F_GETFL)", libc.fcntl(fd, F_GETFL, 0));
  if ((flags & O_NONBLOCK) === 0) checked("fcntl(F_SETFL)", libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

/** Sends FIN: the other direction goes on. */
export function shutdownWrite(fd: number): void {
  libc.shutdown(fd, 1);
}

/** The peer's sockaddr (128 bytes hold any). */
export function peerAddress(fd: number): Buffer {
  const bytes = Buffer.alloc(128);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(128);
  checked("getpeername", libc.getpeername(fd, bytes, length));
  return bytes.subarray(0, length.readUInt32LE(0));
}
