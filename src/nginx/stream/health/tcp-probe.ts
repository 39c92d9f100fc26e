import { connect, type TlsClient, type Wire } from "../../../proxy/index.js";
import type { Probe } from "../../upstream/index.js";
import { inert } from "../close.js";
import { systemText } from "../say.js";
import { type CheckExchange, MOST_RECEIVED } from "./exchange.js";

export interface StreamProbeSettings extends CheckExchange {
  readonly port: number | undefined;
  /** `health_check_timeout`: of the whole. */
  readonly timeoutMs: number;
  readonly tls: TlsClient | undefined;
  readonly serverName: string | undefined;
}

const reading = "reading from upstream";
const timedOutText = `upstream timed out (${systemText("ETIMEDOUT")})`;

/** Checks servers of stream by a connection each, and by what they answer where a match says so. */
export function tcpProbe({ port, timeoutMs, tls, serverName, send, expects }: StreamProbeSettings): Probe {
  return (peer, done) => {
    let over = false;
    let wire: Wire | undefined;
    let doing = "connecting to upstream";
    const end = () => {
      over = true;
      clearTimeout(timer);
      connecting.cancel();
      if (wire !== undefined) wire.handler = inert;
      wire?.destroy();
    };
    const finish = (passed: boolean, error?: string) => {
      if (over) return;
      end();
      done({ passed, doing, ...(error !== undefined && { error }) });
    };
    const where =
      peer.path === undefined ? { host: peer.host!, port: port ?? peer.port! } : { path: peer.path };
    const connecting = connect(
      { ...where, timeoutMs: 0, ...(tls && { tls }), ...(serverName !== undefined && { serverName }) },
      {
        onConnected(connected) {
          wire = connected;
          let received = "";
          connected.handler = {
            ...inert,
            onData(bytes) {
              received += bytes.toString("latin1");
              if (expects?.(received)) finish(true);
              else if (received.length > MOST_RECEIVED) finish(false, "upstream sent too much");
            },
            onEnd: () => finish(false, "upstream closed connection"),
            onClose: (error) =>
              finish(
                false,
                error?.code === undefined
                  ? "upstream closed connection"
                  : `recv() failed (${systemText(error.code)})`,
              ),
          };
          if (send !== undefined) connected.write(send);
          if (expects === undefined) {
            finish(true);
            return;
          }
          doing = reading;
          connected.resume();
        },
        onFailed({ step, code, message }) {
          const text =
            step === "tls" ? `SSL handshake failed: ${message}` : `connect() failed (${systemText(code)})`;
          finish(false, text);
        },
      },
    );
    const timer = setTimeout(() => finish(false, timedOutText), timeoutMs);
    return end;
  };
}
