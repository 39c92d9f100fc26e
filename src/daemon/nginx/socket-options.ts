import type { Listen } from "../../config/nginx/model/index.js";
import { type ListeningOptions, SOL_SOCKET, SystemError, setOption } from "../../sys/index.js";

// include/uapi/asm-generic/socket.h and tcp.h.
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_KEEPALIVE = 9;
const IPPROTO_TCP = 6;
const TCP_KEEPIDLE = 4;
const TCP_KEEPINTVL = 5;
const TCP_KEEPCNT = 6;

/** nginx's on Linux (NGX_LISTEN_BACKLOG). */
const usualBacklog = 511;

export function listeningOptions(listen: Listen): ListeningOptions {
  return {
    datagram: listen.udp,
    backlog: listen.backlog ?? usualBacklog,
    reusePort: listen.reusePort,
    v6Only: listen.ipv6Only,
    deferAccept: listen.deferred,
    fastOpen: listen.fastOpen !== undefined,
  };
}

/** rcvbuf, sndbuf and so_keepalive (ngx_configure_listening_sockets). */
export function configureSocket(
  fd: number,
  { receiveBuffer, sendBuffer, keepAlive, text }: Listen,
  ignored: (sentence: string) => void,
): void {
  const set = (name: string, level: number, option: number, value: number | undefined) => {
    if (value === undefined) return;
    try {
      setOption(fd, level, option, value);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      ignored(`setsockopt(${name}, ${value}) ${text} failed, ignored (${error.errno}: ${error.errnoName})`);
    }
  };
  set("SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, receiveBuffer);
  set("SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, sendBuffer);
  if (keepAlive === undefined) return;
  set("SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, keepAlive.on ? 1 : 0);
  set("TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, keepAlive.idle);
  set("TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, keepAlive.interval);
  set("TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, keepAlive.count);
}
