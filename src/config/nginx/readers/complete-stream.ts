import type { Block } from "../block.js";
import { listen } from "../directives/stream/core.js";
import { proxyPass } from "../directives/stream/proxy.js";
import { returnStatement } from "../directives/stream/rewrite.js";
import { sslCertificate } from "../directives/stream/tls.js";
import { Mistake } from "../mistake.js";

/** A server of stream listens somewhere. */
export function leaveStreamServer(server: Block): void {
  if (server.own(listen) === undefined)
    throw new Mistake('no "listen" is defined for server', {
      code: "no-listen",
      place: server.statement!.end,
      word: server.statement!.name,
    });
}

/** What nginx finds when `stream` is complete. */
export function leaveStream(stream: Block): void {
  for (const server of stream.all("stream-server")) {
    const about = { place: server.statement!.end, word: server.statement!.name };
    if (server.value(listen).some(({ ssl }) => ssl) && server.value(sslCertificate) === undefined)
      throw new Mistake('no "ssl_certificate" is defined for the "listen ... ssl" directive', {
        ...about,
        code: "no-certificate",
      });
    if (server.own(proxyPass) === undefined && server.own(returnStatement) === undefined)
      throw new Mistake("no handler for server", {
        ...about,
        code: "no-handler",
        remedy: "Say proxy_pass or return.",
      });
  }
}
