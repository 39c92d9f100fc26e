import { certificateFault } from "../../tls/client-certificate.js";
import type { HttpRequest } from "../request.js";

/**
 * Whether a client's certificate is such as its server asks for (ngx_http_process_request).
 * @returns 495: it was verified in vain; 496: there is none; undefined: it may go on
 */
export function certificateStatus(request: HttpRequest): 495 | 496 | undefined {
  const { tls } = request.connection;
  const { verifyClient, verifyDepth } = request.server;
  const fault = tls && certificateFault(tls, verifyClient, verifyDepth);
  if (fault === undefined) return undefined;
  request.connection.log("info", fault.sentence, request);
  return fault.kind === "missing" ? 496 : 495;
}

/**
 * Whether a request is for another server than the one whose handshake it was, and that wants certificates: what it verified was not by that one's
 * authorities (ngx_http_set_virtual_server).
 */
export function isMisdirected({ connection, host, server }: HttpRequest): boolean {
  const asked = connection.tls?.serverName?.toLowerCase();
  return asked !== undefined && asked !== host && server.verifyClient !== "off";
}
