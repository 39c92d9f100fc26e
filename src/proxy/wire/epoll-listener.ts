import { rmSync } from "node:fs";
import { Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import { IpAddress } from "../../wire/address.js";
import type { Accepted } from "./accept.js";
import { EpollWire } from "./epoll-wire.js";
import type { ListenOptions, WireListener } from "./listen.js";
import { type Sys, socketLoop } from "./loop.js";
import { endpointOfAddress } from "./sockaddr.js";
import type { Endpoint, SocketWire, WireInfo } from "./wire.js";

const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const acceptsInARow = 64;

class AcceptedDescriptor implements Accepted {
  readonly #sys: Sys;
  readonly fd: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;

  constructor(sys: Sys, fd: number, source: Endpoint, destination: Endpoint) {
    this.#sys = sys;
    this.fd = fd;
    this.source = source;
    this.destination = destination;
  }

  wire(info: WireInfo): SocketWire {
    return new EpollWire(this.#sys, this.fd, info);
  }

  socket(): Socket {
    return new Socket({ fd: this.fd, allowHalfOpen: true, manualStart: true } as Options);
  }
}

type Options = ConstructorParameters<typeof Socket>[0];

/** A listening socket that the thread's SocketLoop watches. While it is paused connections wait in the kernel. */
export class EpollListener implements WireListener {
  readonly addresses: readonly Endpoint[];
  readonly fd: number;
  readonly #sys: Sys;
  readonly #wanted: (source: Endpoint, destination: Endpoint) => boolean;
  readonly #accepted: (each: Accepted) => void;
  readonly #bound: Endpoint;
  readonly #boundToOne: boolean;
  readonly #path: string | undefined;
  readonly #address = Buffer.alloc(128);
  readonly #length = Buffer.alloc(4);
  #slot = -1;
  #closed = false;

  constructor(
    sys: Sys,
    options: ListenOptions,
    wanted: (source: Endpoint, destination: Endpoint) => boolean,
    accepted: (each: Accepted) => void,
  ) {
    this.#sys = sys;
    this.#wanted = wanted;
    this.#accepted = accepted;
    this.fd = listeningDescriptor(sys, options);
    this.#path = options.path;
    const own = sys.localAddress(this.fd);
    this.#bound = endpointOfAddress(own, own.length);
    const { host, family } = this.#bound;
    this.#boundToOne =
      family === 0 || (host !== "0.0.0.0" && host !== "::" && !sys.listeningSocket(this.fd).transparent);
    this.addresses = [this.#bound];
    sys.setNonBlocking(this.fd);
    if (family !== 0) sys.setOption(this.fd, IPPROTO_TCP, TCP_NODELAY, 1); // its connections have it from it
    this.resume();
  }

  get paused(): boolean {
    return this.#slot < 0;
  }

  pause(): void {
    if (this.#slot < 0) return;
    socketLoop(this.#sys).remove(this.fd, this.#slot);
    this.#slot = -1;
  }

  resume(): void {
    if (this.#slot >= 0 || this.#closed) return;
    const { EPOLLIN, EPOLLEXCLUSIVE } = this.#sys;
    this.#slot = socketLoop(this.#sys).add(this.fd, EPOLLIN | EPOLLEXCLUSIVE, this);
  }

  close(): void {
    if (this.#closed) return;
    this.pause();
    this.#closed = true;
    this.#sys.close(this.fd);
    if (this.#path !== undefined && !this.#path.startsWith("\0")) rmSync(this.#path, { force: true });
  }

  /** @internal */
  ready(): void {
    for (let turn = 0; turn < acceptsInARow && this.#slot >= 0; turn++) {
      this.#length.writeUInt32LE(128, 0);
      const fd = this.#sys.acceptInto(this.fd, this.#address, this.#length);
      if (fd < 0) return; // none is left, or (EMFILE) none can be: the kernel tells again
      const source =
        this.#bound.family === 0
          ? endpointOfAddress(this.#address, 0)
          : endpointOfAddress(this.#address, this.#length.readUInt32LE(0));
      let destination = this.#bound;
      if (!this.#boundToOne) {
        const own = this.#sys.localAddress(fd);
        destination = endpointOfAddress(own, own.length);
      }
      if (this.#wanted(source, destination))
        this.#accepted(new AcceptedDescriptor(this.#sys, fd, source, destination));
      else this.#sys.close(fd);
    }
  }
}

/** @throws an Error with node:net's code (EADDRINUSE, EACCES …). */
function listeningDescriptor(sys: Sys, options: ListenOptions): number {
  if (options.fd !== undefined) return options.fd;
  const settings = { backlog: options.backlog ?? 1024, v6Only: options.ipv6Only ?? false };
  let fd = -1;
  try {
    const place =
      options.path !== undefined
        ? { path: options.path.startsWith("\0") ? `@${options.path.slice(1)}` : options.path }
        : { address: IpAddress.of(options.host ?? "::").bytes, port: options.port ?? 0 };
    fd = sys.boundSocket(place, settings, () => {});
    sys.beginListening(fd, settings, () => {});
    return fd;
  } catch (error) {
    if (fd >= 0) sys.close(fd);
    if (!(error instanceof sys.SystemError)) throw error;
    const code = getSystemErrorName(-error.errno);
    throw Object.assign(new Error(`${error.call} ${code}`), {
      code,
      errno: -error.errno,
      syscall: error.call,
    });
  }
}
