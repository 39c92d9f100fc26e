import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { NetWire } from "../wire/net-wire.js";
import type { TlsInfo, WireInfo } from "../wire/wire.js";
import { failedInfo, tlsInfo } from "./info.js";
import { certificateVerifyFailed, type OpensslError, opensslError } from "./openssl-error.js";
import { notServerName, notVerifyHost, verifyErrorNumber } from "./verify-error.js";

export interface TlsStart {
  onSecure(wire: NetWire): void;
  /** `failed`: how far it had come. */
  onFailed(code: string, message: string, failed?: TlsInfo): void;
}

/** What `refused` finds. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly error?: OpensslError;
}

/** Waits for the end of a handshake. `refused` may find fault with what came of it. */
export function handshake(
  secured: TLSSocket,
  socket: Socket,
  info: WireInfo,
  start: TlsStart,
  event: "secure" | "secureConnect",
  refused: () => Refusal | undefined,
): () => void {
  let done = false;
  const fail = (code: string, message: string, error?: OpensslError) => {
    if (done) return;
    done = true;
    const failed = failedInfo(secured, error);
    secured.on("error", ignore);
    secured.destroy();
    socket.destroy();
    start.onFailed(code, message, failed);
  };
  const onError = (error: Error & { code?: string; reason?: string }) =>
    fail(error.code ?? "ERR_TLS", error.reason ?? error.message, errorOf(error));
  const onClose = () => fail("ECONNRESET", "the connection was closed during the handshake");
  socket.on("error", ignore); // what goes wrong is told by the socket over it
  secured.on("error", onError);
  secured.on("close", onClose);
  secured.on("end", onClose);
  secured.once(event, () => {
    if (done) return;
    const fault = refused();
    if (fault !== undefined) {
      fail(fault.code, fault.message, fault.error);
      return;
    }
    done = true;
    settle(secured);
    secured.off("error", onError);
    secured.off("close", onClose);
    secured.off("end", onClose);
    const wire = new NetWire(secured, { ...info, tls: tlsInfo(secured) }, false, socket);
    start.onSecure(wire);
  });
  return () => {
    done = true;
    secured.on("error", ignore);
    secured.destroy();
    socket.destroy();
  };
}

/** What tls.Server does at this point with sockets that it made: node:http2 waits for it. */
function settle(secured: TLSSocket): void {
  const internal = secured as TLSSocket & { secureConnecting?: boolean; _releaseControl?(): boolean };
  internal.secureConnecting = false;
  internal._releaseControl?.();
}

/** What OpenSSL says; a certificate that Node found fault with itself is told as OpenSSL would tell it. */
function errorOf({ message, code }: Error & { code?: string }): OpensslError | undefined {
  const told = opensslError(message);
  if (told !== undefined) return told;
  return code === notServerName || code === notVerifyHost || verifyErrorNumber(code) > 1
    ? certificateVerifyFailed
    : undefined;
}

function ignore(): void {}
