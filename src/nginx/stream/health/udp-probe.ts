import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Probe } from "../../upstream/index.js";
import { systemText } from "../say.js";
import { usualDatagram } from "./exchange.js";
import type { StreamProbeSettings } from "./tcp-probe.js";

/** Checks servers of stream by a datagram: where nothing is expected it only must not be refused (ICMP) within the time. */
export function udpProbe({ port, timeoutMs, send = usualDatagram, expects }: StreamProbeSettings): Probe {
  return (peer, done) => {
    const socket = createSocket(isIPv6(peer.host ?? "") ? "udp6" : "udp4");
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      socket.close();
    };
    const finish = (passed: boolean, error?: string) => {
      if (over) return;
      end();
      done({ passed, doing: "reading from upstream", ...(error !== undefined && { error }) });
    };
    const timer = setTimeout(
      () =>
        expects === undefined
          ? finish(true)
          : finish(false, `upstream timed out (${systemText("ETIMEDOUT")})`),
      timeoutMs,
    );
    socket.on("error", (error: NodeJS.ErrnoException) =>
      finish(false, `recv() failed (${systemText(error.code ?? "EIO")})`),
    );
    socket.on("message", (bytes) => {
      if (expects === undefined || expects(bytes.toString("latin1"))) finish(true);
    });
    socket.connect(port ?? peer.port ?? 0, peer.host, () => {
      if (!over) socket.send(Buffer.from(send, "latin1"));
    });
    return end;
  };
}
