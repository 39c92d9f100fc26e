import { close } from "./descriptor.js";
import { SystemError } from "./errno.js";
import { checked, libc } from "./libc.js";
import { AF_INET, AF_INET6, AF_UNIX, inetAddress, unixAddress } from "./sockaddr.js";
import {
  bind,
  getOption,
  listen,
  localAddress,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  setOption,
  socket,
} from "./socket.js";

// include/uapi/asm-generic/socket.h, in.h, in6.h, tcp.h; of x86_64 and aarch64.
const SO_TYPE = 3;
const SO_BINDTODEVICE = 25;
const SO_ACCEPTCONN = 30;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IP_TRANSPARENT = 19;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
const IPV6_TRANSPARENT = 75;
const IPPROTO_TCP = 6;
const TCP_MAXSEG = 2;
const TCP_DEFER_ACCEPT = 9;
const TCP_USER_TIMEOUT = 18;
const TCP_FASTOPEN = 23;
const F_DUPFD_CLOEXEC = 1030;
const F_GETFD = 1;

/** Where a socket listens: an address of 4 or 16 bytes and a port, or a Unix socket's path ("@name" has no file). */
export type ListeningPlace =
  | { readonly address: Uint8Array; readonly port: number }
  | { readonly path: string };

export interface ListeningOptions {
  /** UDP: it is bound, and never listens. Nobody else has its place, unless both say `reusePort`. */
  readonly datagram?: boolean;
  /** Others may listen at the same place, if they are the same user's and say so too (SO_REUSEPORT). */
  readonly reusePort?: boolean;
  /** An address that isn't this host's. Needs CAP_NET_ADMIN. */
  readonly transparent?: boolean;
  readonly interface?: string;
  /** An IPv6 socket takes no IPv4 connections; false: it does. */
  readonly v6Only?: boolean;
  readonly mss?: number;
  readonly userTimeoutMs?: number;
  /** Told of a connection only when its first bytes have come, or a second is over. */
  readonly deferAccept?: boolean;
  /** TCP Fast Open, with a queue of the backlog's length. */
  readonly fastOpen?: boolean;
  readonly backlog: number;
}

/** A socket that is bound to its place and doesn't listen yet. Options that the kernel refused are told to `refused`. */
export function boundSocket(
  place: ListeningPlace,
  options: ListeningOptions,
  refused: (option: string, error: SystemError) => void,
): number {
  const family = "path" in place ? AF_UNIX : place.address.length === 16 ? AF_INET6 : AF_INET;
  const fd = socket(family, (options.datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK);
  const set = (name: string, level: number, option: number, value: number | Uint8Array) => {
    try {
      setOption(fd, level, option, value);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      refused(name, error);
    }
  };
  try {
    if ("path" in place) {
      bind(fd, unixAddress(place.path));
      return fd;
    }
    // Two UDP sockets that both say so have the same place, and the later one gets all.
    if (!options.datagram) set("reuse address", SOL_SOCKET, SO_REUSEADDR, 1);
    if (options.reusePort) set("reuse port", SOL_SOCKET, SO_REUSEPORT, 1);
    if (options.transparent) {
      if (family === AF_INET6) set("transparent", IPPROTO_IPV6, IPV6_TRANSPARENT, 1);
      else set("transparent", IPPROTO_IP, IP_TRANSPARENT, 1);
    }
    if (options.interface !== undefined)
      set("interface", SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${options.interface}\0`));
    if (family === AF_INET6) set("v6only", IPPROTO_IPV6, IPV6_V6ONLY, options.v6Only ? 1 : 0);
    // Before it is bound: what comes at once is told it, too.
    if (options.datagram && place.address.every((byte) => byte === 0)) {
      if (family === AF_INET6) setOption(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
      else setOption(fd, IPPROTO_IP, IP_PKTINFO, 1);
    }
    bind(fd, inetAddress(place.address, place.port));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** Makes a bound socket listen, or gives one that does already the options and the backlog that are wanted now. */
export function beginListening(
  fd: number,
  options: ListeningOptions,
  refused: (option: string, error: SystemError) => void,
): void {
  const { family } = listeningSocket(fd);
  const set = (name: string, option: number, value: number) => {
    try {
      setOption(fd, IPPROTO_TCP, option, value);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      refused(name, error);
    }
  };
  if (family !== AF_UNIX) {
    if (options.mss !== undefined && options.mss > 0) set("MSS", TCP_MAXSEG, options.mss);
    if (options.userTimeoutMs !== undefined) set("TCP User Timeout", TCP_USER_TIMEOUT, options.userTimeoutMs);
    if (options.deferAccept) set("DEFER_ACCEPT", TCP_DEFER_ACCEPT, 1);
    if (options.fastOpen) set("TCP_FASTOPEN", TCP_FASTOPEN, options.backlog);
  }
  listen(fd, options.backlog);
}

/** What a socket is, by the kernel's own words. */
export interface ListeningSocket {
  readonly family: number;
  readonly listens: boolean;
  readonly stream: boolean;
  /** Of IPv4 and IPv6; empty of others. */
  readonly address: Uint8Array;
  readonly port: number;
  /** Of a Unix socket: its path, "@name" without a file, "" without a name. */
  readonly path: string;
  readonly v6Only: boolean;
  readonly transparent: boolean;
}

/** @throws SystemError where it is no socket (ENOTSOCK) or isn't open (EBADF) */
export function listeningSocket(fd: number): ListeningSocket {
  const name = localAddress(fd);
  const family = name.length >= 2 ? name.readUInt16LE(0) : 0;
  const option = (level: number, option: number) => getOption(fd, level, option).readInt32LE(0) !== 0;
  const six = family === AF_INET6;
  const inet = six || family === AF_INET;
  return {
    family,
    listens: option(SOL_SOCKET, SO_ACCEPTCONN),
    stream: getOption(fd, SOL_SOCKET, SO_TYPE).readInt32LE(0) === SOCK_STREAM,
    address: inet ? Uint8Array.from(six ? name.subarray(8, 24) : name.subarray(4, 8)) : new Uint8Array(0),
    port: inet ? name.readUInt16BE(2) : 0,
    path: family === AF_UNIX ? unixPath(name.subarray(2)) : "",
    v6Only: six && option(IPPROTO_IPV6, IPV6_V6ONLY),
    transparent: inet && (six ? option(IPPROTO_IPV6, IPV6_TRANSPARENT) : option(IPPROTO_IP, IP_TRANSPARENT)),
  };
}

/** HAProxy gives the kernel the whole field for an abstract name: its zeros at the end are no part of it for us. */
function unixPath(bytes: Uint8Array): string {
  if (bytes.length === 0) return "";
  const text = Buffer.from(bytes).toString("latin1");
  if (text.startsWith("\0")) return `@${text.slice(1).replace(/\0+$/, "")}`;
  return text.replace(/\0.*$/s, "");
}

/**
 * Has a TCP socket stop listening without losing it: its port may be bound by others, who connects is refused, what waited is reset. `listen` has it
 * listen again. False: it is a socket of another kind, which can't.
 */
export function stopListening(fd: number): boolean {
  const { family } = listeningSocket(fd);
  if (family !== AF_INET && family !== AF_INET6) return false;
  const AF_UNSPEC = Buffer.alloc(16); // struct sockaddr with a family of 0
  checked("connect(AF_UNSPEC)", libc.connect(fd, AF_UNSPEC, AF_UNSPEC.length));
  return true;
}

/** Another descriptor of the same socket or file; close-on-exec, at least `from`. */
export function duplicate(fd: number, from = 3): number {
  return checked(`fcntl(${fd}, F_DUPFD)`, libc.fcntl(fd, F_DUPFD_CLOEXEC, from));
}

/** Whether there is such a descriptor. */
export function isOpen(fd: number): boolean {
  return libc.fcntl(fd, F_GETFD, 0) >= 0;
}
