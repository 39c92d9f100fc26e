import type { Check, Endpoint } from "../../config/keepalived/model/index.js";
import {
  AF_INET,
  AF_INET6,
  bind,
  close,
  inetAddress,
  SO_REUSEADDR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  setOption,
  socket,
} from "../../sys/index.js";

// include/uapi/asm-generic/socket.h
const SO_BINDTODEVICE = 25;
const SO_MARK = 36;

/** Whom a check asks, and from where. */
export interface Connection {
  readonly connect: Endpoint;
  readonly bind?: Check["bind"];
  readonly mark?: number;
}

/**
 * A non-blocking socket as a check wants it: marked, bound to an interface, an address or a port.
 * @throws SystemError; then there is no descriptor.
 */
export function ownSocket({ connect, bind: from, mark }: Connection, type: number, protocol = 0): number {
  const domain = connect.address.family === 6 ? AF_INET6 : AF_INET;
  const fd = socket(domain, type | SOCK_NONBLOCK, protocol);
  try {
    if (mark) setOption(fd, SOL_SOCKET, SO_MARK, mark);
    if (from?.interface) setOption(fd, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${from.interface}\0`));
    if (from?.address || from?.port) {
      // A port that is asked from once in a delay_loop may still be in TIME_WAIT.
      if (type === SOCK_STREAM) setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
      const any = new Uint8Array(connect.address.family === 6 ? 16 : 4);
      bind(fd, inetAddress(from.address?.bytes ?? any, from.port ?? 0));
    }
  } catch (error) {
    close(fd);
    throw error;
  }
  return fd;
}
