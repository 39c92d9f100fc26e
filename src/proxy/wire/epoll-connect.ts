import { isIPv6 } from "node:net";
import { getSystemErrorName } from "node:util";
import { IpAddress } from "../../wire/address.js";
import { noEndpoint, pathEndpoint } from "./endpoint.js";
import { EpollWire } from "./epoll-wire.js";
import type { ConnectOptions } from "./listen.js";
import { type Sys, socketLoop } from "./loop.js";
import { endpointOfAddress } from "./sockaddr.js";
import type { Endpoint, SocketWire, WireInfo } from "./wire.js";

const SOL_IP = 0;
const IP_TRANSPARENT = 19;
const IP_BIND_ADDRESS_NO_PORT = 24;
const SOL_IPV6 = 41;
const IPV6_TRANSPARENT = 75;
const SO_BINDTODEVICE = 25;
const SO_KEEPALIVE = 9;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_QUICKACK = 12;
const EPOLLIN = 0x001;
const EPOLLOUT = 0x004;
const EPOLLERR = 0x008;
const EPOLLHUP = 0x010;
const EPOLLRDHUP = 0x2000;
const EPOLLET = 0x80000000;

/** So many ports of a range are tried, at most. */
const mostPorts = 500;
/** The port is another connection's. */
const isTaken = ({ code }: Error & { code?: string }): boolean =>
  code === "EADDRINUSE" || code === "EADDRNOTAVAIL";

/** Told the wire, or why there is none and between which addresses it was to be. */
export type EpollConnected = (
  wire: SocketWire | undefined,
  error?: Error | undefined,
  info?: WireInfo | undefined,
) => void;

/** A plain connection on its way, by the C library: it is told to `done` once, in a later turn of the loop. */
export class EpollConnecting {
  readonly #sys: Sys;
  readonly #options: ConnectOptions;
  readonly #done: EpollConnected;
  readonly #six: boolean;
  #fd = -1;
  #slot = -1;

  /** @throws an Error with node:net's code where the socket can't be made or bound; `syscall` says which call it was. */
  constructor(sys: Sys, options: ConnectOptions, done: EpollConnected) {
    this.#sys = sys;
    this.#options = options;
    this.#done = done;
    const host = options.socks4?.host ?? options.host ?? "127.0.0.1";
    this.#six = options.path === undefined && isIPv6(host);
    const domain = options.path !== undefined ? sys.AF_UNIX : this.#six ? sys.AF_INET6 : sys.AF_INET;
    for (let tries = Math.min(options.localPorts?.size ?? 1, mostPorts); ; tries--) {
      this.#fd = named(sys, () => sys.socket(domain, sys.SOCK_STREAM | sys.SOCK_NONBLOCK));
      try {
        named(sys, () => this.#begin(host));
        return;
      } catch (error) {
        this.cancel();
        if (tries <= 1 || !isTaken(error as Error)) throw error;
      }
    }
  }

  #begin(host: string): void {
    const sys = this.#sys;
    const options = this.#options;
    if (options.path === undefined) this.#prepare();
    const to =
      options.path !== undefined
        ? sys.unixAddress(options.path.startsWith("\0") ? `@${options.path.slice(1)}` : options.path)
        : sys.inetAddress(IpAddress.of(host).bytes, options.socks4?.port ?? options.port ?? 0);
    sys.connect(this.#fd, to);
    this.#slot = socketLoop(sys).add(this.#fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, this);
  }

  #prepare(): void {
    const sys = this.#sys;
    const options = this.#options;
    const fd = this.#fd;
    if (options.noDelay !== false) sys.setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (options.delayAck) sys.setOption(fd, IPPROTO_TCP, TCP_QUICKACK, 0);
    if (options.keepAlive) sys.setOption(fd, sys.SOL_SOCKET, SO_KEEPALIVE, 1);
    if (options.interface !== undefined)
      sys.setOption(fd, sys.SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${options.interface}\0`));
    if (options.transparent)
      sys.setOption(fd, this.#six ? SOL_IPV6 : SOL_IP, this.#six ? IPV6_TRANSPARENT : IP_TRANSPARENT, 1);
    if (options.localAddress === undefined) return;
    const port = options.localPorts?.take() ?? options.localPort ?? 0;
    if (port > 0) sys.setOption(fd, sys.SOL_SOCKET, sys.SO_REUSEADDR, 1);
    else sys.setOption(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1); // the port is chosen when the destination is known
    sys.bind(fd, sys.inetAddress(IpAddress.of(options.localAddress).bytes, port));
  }

  /** @internal */
  ready(events: number): void {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) === 0) return;
    const sys = this.#sys;
    const fd = this.#fd;
    const errno = sys.getOption(fd, sys.SOL_SOCKET, sys.SO_ERROR).readInt32LE(0);
    if (errno !== 0) {
      const info = infoOf(sys, fd, this.#options);
      this.cancel();
      const code = getSystemErrorName(-errno);
      const { host, port, path } = this.#options;
      const to = path ?? `${host}:${port}`;
      const error = Object.assign(new Error(`connect ${code} ${to}`), { code, syscall: "connect" });
      this.#done(undefined, error, info);
      return;
    }
    this.#fd = -1;
    this.#done(new EpollWire(sys, fd, infoOf(sys, fd, this.#options), this.#slot, events), undefined);
  }

  cancel(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    if (this.#slot >= 0) socketLoop(this.#sys).remove(fd, this.#slot, true);
    this.#sys.close(fd);
  }
}

/** @returns whether Node alone can't make the socket: from an address that isn't ours, over one interface, or to an abstract Unix name. */
export function needsSystem(options: ConnectOptions): boolean {
  return (
    options.transparent === true ||
    options.interface !== undefined ||
    (options.path?.startsWith("\0") ?? false)
  );
}

function infoOf(sys: Sys, fd: number, { path, host = "127.0.0.1", port = 0 }: ConnectOptions): WireInfo {
  const destination: Endpoint =
    path !== undefined ? pathEndpoint(path) : { host, port, family: isIPv6(host) ? 6 : 4 };
  let source = noEndpoint;
  if (path === undefined) {
    const own = sys.localAddress(fd);
    source = endpointOfAddress(own, own.length);
  }
  return {
    source,
    destination,
    realSource: source,
    realDestination: destination,
    tls: undefined,
    proxyProtocol: undefined,
  };
}

/** A system call's failure as node:net would tell it. */
function named<T>(sys: Sys, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof sys.SystemError)) throw error;
    const code = getSystemErrorName(-error.errno);
    throw Object.assign(new Error(`${error.call} ${code}`), { code, syscall: error.call });
  }
}
