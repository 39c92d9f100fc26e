import type { ListenOptions, TlsServer } from "../../proxy/index.js";
import { type Block, core } from "./compile/definitions.js";
import type { HttpAddress } from "./compile/http.js";

/** Bounds of an address's connections, by its default server. */
export interface ConnectionSettings {
  readonly maxHeadBytes: number;
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

export function connectionSettings(block: Block): ConnectionSettings {
  const { count, size } = block.value(core.largeClientHeaderBuffers);
  return {
    maxHeadBytes: Math.max(count * size, block.value(core.clientHeaderBufferSize)),
    headTimeoutMs: block.value(core.clientHeaderTimeout),
    idleTimeoutMs: block.value(core.keepaliveTimeout).timeoutMs,
  };
}

/** Where and how to listen; `fd`: a socket that does already. */
export function listenOptions(
  { listen }: HttpAddress,
  tls: TlsServer | undefined,
  fd: number | undefined,
  handshakeTimeoutMs: number,
): ListenOptions {
  const where =
    fd !== undefined
      ? { fd }
      : listen.path !== undefined
        ? { path: listen.path }
        : { host: listen.host, port: listen.port, ipv6Only: listen.ipv6Only };
  return {
    ...where,
    ...(listen.backlog !== undefined && listen.backlog > 0 && { backlog: listen.backlog }),
    ...(tls && { tls }),
    acceptProxy: listen.proxyProtocol,
    handshakeTimeoutMs,
  };
}
