import { createHash } from "node:crypto";
import type { Server } from "../../../config/haproxy/model/index.js";
import type { Headers } from "../../../proxy/index.js";

/** Whether a server's 101 belongs to the key that it was sent (RFC 6455 section 4.2.2): one of something else isn't ours to judge. */
export function acceptsWebsocket(request: Headers, response: Headers): boolean {
  const key = request.get("sec-websocket-key");
  if (key === undefined) return true;
  const accept = createHash("sha1")
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, "latin1")
    .digest("base64");
  return response.get("sec-websocket-accept") === accept;
}

/** How a server is spoken to for a WebSocket, where that isn't as for other requests (`ws`). */
export interface WebsocketWay {
  readonly alpn: readonly string[] | undefined;
  readonly protocol: "h1" | "h2" | undefined;
}

export function websocketWay(server: Server): WebsocketWay | undefined {
  const alpn = server.ssl?.alpn;
  const wanted = server.websocket ?? "auto";
  if (server.proto === undefined && alpn !== undefined && alpn.length > 0) {
    if (wanted === "h2") return { alpn: ["h2"], protocol: undefined };
    // auto: HTTP/1 where it may be chosen, as every server that takes WebSockets knows it.
    if (wanted === "auto" && !alpn.includes("http/1.1")) return undefined;
    return { alpn: ["http/1.1"], protocol: undefined };
  }
  if (wanted === "auto" || wanted === (server.proto ?? "h1")) return undefined;
  return { alpn: undefined, protocol: wanted };
}
