import type { HttpRequest } from "../request.js";

/**
 * Where a redirect leads: a path is made absolute unless absolute_redirect is off, by the host that the client named, or the server's own name
 * (server_name_in_redirect), and the port where it isn't the scheme's (port_in_redirect).
 */
export function absoluteLocation(request: HttpRequest, target: string): string {
  const { location, server, connection } = request;
  if (!location.absoluteRedirect || !target.startsWith("/")) return target;
  const host = location.serverNameInRedirect ? server.name : request.host || connection.serverAddress;
  const isTls = connection.tls !== undefined;
  const port = connection.serverPort;
  const isUsual = port === (isTls ? 443 : 80) || !location.portInRedirect || port === 0;
  return `${isTls ? "https" : "http"}://${host}${isUsual ? "" : `:${port}`}${target}`;
}
