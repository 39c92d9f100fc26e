import { isIP } from "node:net";
import {
  type ClientConnection,
  type Connecting,
  connect,
  openHttp,
  type TlsClient,
} from "../../../../proxy/index.js";
import type { Peer } from "../../../upstream/index.js";
import type { ProxyRun } from "./run.js";
import { serverNameOf } from "./server-name.js";

export interface ReachHandler {
  onReached(connection: ClientConnection, reused: boolean): void;
  /** @param code Node's, "tls" with the whole sentence as message, or "certificate" where ours can't be read */
  onUnreached(kind: "error" | "timeout", code: string, message: string): void;
}

/** Room for a head is proxy_buffer_size; a head is never less than this. */
const leastHead = 4096;

/** Gives a connection to a peer: an idle one, or a new one. */
export function reach(run: ProxyRun, peer: Peer, handler: ReachHandler): Connecting | undefined {
  const { settings, request, target } = run;
  const { pool } = target.upstream;
  const bind = settings.localAddress?.value(request);
  let tls: TlsClient | undefined;
  try {
    tls = target.tls ? settings.tls(request) : undefined;
  } catch (error) {
    handler.onUnreached("error", "certificate", (error as Error).message);
    return undefined;
  }
  const serverName = tls === undefined ? undefined : serverNameOf(settings.tlsName?.value(request));
  const isPlain = bind === undefined && tls === undefined;
  const key = isPlain ? peer.name : `${peer.name} ${bind ?? ""} ${tls && `tls ${serverName ?? ""}`}`;
  const idle = pool?.take(key);
  if (idle !== undefined) {
    handler.onReached(idle, true);
    return undefined;
  }
  return connect(
    {
      ...(peer.path === undefined
        ? { host: peer.host as string, port: peer.port as number }
        : { path: peer.path }),
      timeoutMs: settings.connectTimeoutMs,
      ...localOf(bind),
      ...(tls && { tls }),
      ...(serverName !== undefined && serverName !== "" && { serverName }),
      keepAlive: settings.socketKeepAlive,
    },
    {
      onConnected(wire) {
        const connection = openHttp(
          wire,
          {
            maxHeadBytes: Math.max(leastHead, settings.bufferSize),
            maxFields: 1000,
            acceptInvalid: true,
            keepsFields: true,
          },
          "h1",
        );
        pool?.add(key, connection);
        handler.onReached(connection, false);
      },
      onFailed({ step, code, message, timedOut }) {
        if (timedOut) handler.onUnreached("timeout", code, message);
        else if (step === "tls")
          handler.onUnreached("error", "tls", `SSL_do_handshake() failed (SSL: ${message})`);
        else handler.onUnreached("error", code, message);
      },
    },
  );
}

/** proxy_bind's "10.0.0.1", "10.0.0.1:1024", "[fd00::1]:1024"; what is no address is as if nothing were said. */
function localOf(bind: string | undefined): { localAddress?: string; localPort?: number } {
  const found = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(bind ?? "");
  const localAddress = found?.[1] ?? found?.[2] ?? bind ?? "";
  if (isIP(localAddress) === 0) return {};
  return { localAddress, ...(found?.[3] !== undefined && { localPort: Number(found[3]) }) };
}
