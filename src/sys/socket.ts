import { close } from "./descriptor.js";
import { Errno, SystemError } from "./errno.js";
import { checked, lastErrno, libc } from "./libc.js";
import { AF_INET, AF_INET6, inetAddress } from "./sockaddr.js";

// The numbers are those of x86_64 and aarch64 (include/uapi/asm-generic/socket.h).
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_BROADCAST = 6;
export const SO_REUSEPORT = 15;
export const SO_RCVBUFFORCE = 33;
export const SO_NETNS_COOKIE = 71;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

export const MSG_PEEK = 0x2;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** A new socket's descriptor; close-on-exec always, further SOCK_… flags go into `type`. */
export function socket(domain: number, type: number, protocol = 0): number {
  return checked("socket", libc.socket(domain, type | SOCK_CLOEXEC, protocol));
}

/** Binds to an address that one of sockaddr.ts's builders made. */
export function bind(fd: number, address: Uint8Array): void {
  checked("bind", libc.bind(fd, address, address.length));
}

/** Connects. Of a non-blocking TCP socket: false while it is on its way (EINPROGRESS), true when it is done. */
export function connect(fd: number, address: Uint8Array): boolean {
  if (libc.connect(fd, address, address.length) === 0) return true;
  const errno = lastErrno();
  if (errno === Errno["EINPROGRESS"]) return false;
  throw new SystemError("connect", errno);
}

/** Makes the socket listen. */
export function listen(fd: number, backlog = 511): void {
  checked("listen", libc.listen(fd, backlog));
}

/** The socket's own address, as bytes of its sockaddr (netlink: the port id that the kernel chose is in it). */
export function localAddress(fd: number): Buffer {
  const bytes = Buffer.alloc(128);
  const length = uint32(bytes.length);
  checked("getsockname", libc.getsockname(fd, bytes, length));
  return bytes.subarray(0, length.readUInt32LE(0));
}

/** Sends bytes, to `address` if there is one. The number of bytes sent, or undefined if the queue is full (EAGAIN). */
export function sendTo(
  fd: number,
  bytes: Uint8Array,
  address?: Uint8Array,
  flags: number = MSG_NOSIGNAL,
): number | undefined {
  const to = address ?? null;
  return later("sendto", libc.sendto(fd, bytes, bytes.length, flags, to, address?.length ?? 0));
}

/**
 * Receives into `buffer`. The number of bytes (0: the other side has closed), or undefined if there is nothing
 * (EAGAIN). With MSG_TRUNC it is the message's real length, which may be more than the buffer has.
 */
export function receive(fd: number, buffer: Uint8Array, flags = 0): number | undefined {
  return later("recvfrom", libc.recvfrom(fd, buffer, buffer.length, flags, null, null));
}

/** As {@link receive}; the sender's sockaddr is written into `sender` (128 bytes hold any). */
export function receiveFrom(
  fd: number,
  buffer: Uint8Array,
  sender: Uint8Array,
  flags = 0,
): { length: number; senderLength: number } | undefined {
  const size = uint32(sender.length);
  const length = later("recvfrom", libc.recvfrom(fd, buffer, buffer.length, flags, sender, size));
  return length === undefined ? undefined : { length, senderLength: size.readUInt32LE(0) };
}

/** Sets a socket option: a number goes as int. */
export function setOption(fd: number, level: number, name: number, value: number | Uint8Array): void {
  const bytes = typeof value === "number" ? int32(value) : value;
  checked(`setsockopt(${level}, ${name})`, libc.setsockopt(fd, level, name, bytes, bytes.length));
}

/** A socket option's bytes, at most `length`. */
export function getOption(fd: number, level: number, name: number, length = 4): Buffer {
  const bytes = Buffer.alloc(length);
  const size = uint32(length);
  checked(`getsockopt(${level}, ${name})`, libc.getsockopt(fd, level, name, bytes, size));
  return bytes.subarray(0, size.readUInt32LE(0));
}

/**
 * A listening TCP socket that others may share its port with (SO_REUSEPORT), for `server.listen({ fd })`: Node 20
 * takes no such option. `address` has 4 or 16 bytes; an IPv6 one takes no IPv4 connections. It belongs to the calling
 * thread's network namespace.
 */
export function listenReusable(address: Uint8Array, port: number, backlog = 511): number {
  const domain = address.length === 16 ? AF_INET6 : AF_INET;
  const fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK);
  try {
    setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (domain === AF_INET6) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    bind(fd, inetAddress(address, port));
    listen(fd, backlog);
  } catch (error) {
    close(fd);
    throw error;
  }
  return fd;
}

function later(call: string, result: number): number | undefined {
  if (result >= 0) return result;
  const errno = lastErrno();
  if (errno === Errno["EAGAIN"]) return undefined;
  throw new SystemError(call, errno);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
