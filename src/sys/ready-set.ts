import { RondoError } from "../errors.js";
import { close } from "./descriptor.js";
import { EpollWatch } from "./epoll-watch.js";
import { checked, libc } from "./libc.js";

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 0x001;
const EPOLLOUT = 0x004;
const EPOLLERR = 0x008;
const EPOLLHUP = 0x010;
const batch = 64;

/**
 * struct epoll_event (include/uapi/linux/eventpoll.h): u32 events, u64 data. Packed on x86_64, aligned elsewhere:
 *
 *     x86_64:   0        4          12      aarch64:  0        4      8          16
 *               | events | data     |                 | events | pad  | data     |
 */
const eventLayout = process.arch === "x64" ? { size: 12, data: 4 } : { size: 16, data: 8 };

/** What a descriptor is ready for. After `hangup` or `error`, reading or SO_ERROR tells more. */
export interface Readiness {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly hangup: boolean;
  readonly error: boolean;
}

interface Watch {
  readonly fd: number;
  readonly callback: (ready: Readiness) => void;
}

/**
 * Calls back when descriptors are ready, from Node's event loop. Level-triggered: read until EAGAIN, or it is called
 * again at once. While it has a descriptor it keeps the process alive, unless {@link unref} was called. One epoll
 * descriptor stands for all of them.
 */
export class ReadySet {
  readonly #epoll: number;
  readonly #watch: EpollWatch;
  readonly #events = Buffer.alloc(batch * eventLayout.size);
  /** By a number of its own, so that what was ready for a descriptor's former use never reaches its next one. */
  readonly #watches = new Map<number, Watch>();
  readonly #ids = new Map<number, number>();
  #nextId = 1;
  #keepsAlive = true;
  #open = true;

  constructor() {
    this.#epoll = checked("epoll_create1", libc.epollCreate(EPOLL_CLOEXEC));
    this.#watch = new EpollWatch(this.#epoll, () => this.#dispatch());
  }

  /**
   * Watches a descriptor: for reading if nothing is said.
   * @throws SystemError EPERM for a regular file, EBADF, EEXIST if it is in the set.
   */
  add(
    fd: number,
    callback: (ready: Readiness) => void,
    wanted: { read?: boolean; write?: boolean } = { read: true },
  ): void {
    if (!this.#open) throw new RondoError("ready-set-closed", "this ReadySet is closed");
    const id = this.#nextId++;
    const event = Buffer.alloc(eventLayout.size);
    event.writeUInt32LE((wanted.read ? EPOLLIN : 0) | (wanted.write ? EPOLLOUT : 0), 0);
    event.writeDoubleLE(id, eventLayout.data);
    checked("epoll_ctl(EPOLL_CTL_ADD)", libc.epollControl(this.#epoll, EPOLL_CTL_ADD, fd, event));
    this.#ids.set(fd, id);
    this.#watches.set(id, { fd, callback });
    this.#refresh();
  }

  /** Stops watching; a descriptor that is not in the set is no error. Call it before close(fd). */
  remove(fd: number): void {
    const id = this.#ids.get(fd);
    if (id === undefined) return;
    this.#ids.delete(fd);
    this.#watches.delete(id);
    this.#refresh();
    checked(
      "epoll_ctl(EPOLL_CTL_DEL)",
      libc.epollControl(this.#epoll, EPOLL_CTL_DEL, fd, Buffer.alloc(eventLayout.size)),
    );
  }

  /** The set does not keep the process alive from now on. */
  unref(): void {
    this.#keepsAlive = false;
    this.#refresh();
  }

  /** The set keeps the process alive again while it has a descriptor. */
  ref(): void {
    this.#keepsAlive = true;
    this.#refresh();
  }

  /** Forgets all descriptors, which stay open. A second call does nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#watches.clear();
    this.#ids.clear();
    this.#watch.close();
    close(this.#epoll);
  }

  #refresh(): void {
    if (this.#keepsAlive && this.#watches.size > 0) this.#watch.ref();
    else this.#watch.unref();
  }

  #dispatch(): void {
    if (!this.#open) return;
    const count = checked("epoll_wait", libc.epollWait(this.#epoll, this.#events, batch, 0));
    const ready = Array.from({ length: count }, (_, i) => ({
      events: this.#events.readUInt32LE(i * eventLayout.size),
      id: this.#events.readDoubleLE(i * eventLayout.size + eventLayout.data),
    }));
    for (const { events, id } of ready)
      this.#watches.get(id)?.callback({
        readable: (events & EPOLLIN) !== 0,
        writable: (events & EPOLLOUT) !== 0,
        hangup: (events & EPOLLHUP) !== 0,
        error: (events & EPOLLERR) !== 0,
      });
  }
}
