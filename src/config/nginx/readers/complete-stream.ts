import type { Block } from "../block.js";
import { listen } from "../directives/stream/core.js";
import { proxyPass } from "../directives/stream/proxy.js";
import { returnStatement } from "../directives/stream/rewrite.js";
import { sslCertificate } from "../directives/stream/tls.js";
import { Mistake } from "../mistake.js";
import { parseUrl } from "../values/url.js";

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
  const names = stream.all("stream-upstream").map((block) => block.statement!.words[0]!.text);
  for (const server of stream.all("stream-server")) {
    const about = { place: server.statement!.end, word: server.statement!.name };
    if (server.value(listen).some(({ ssl }) => ssl) && server.value(sslCertificate) === undefined)
      throw new Mistake('no "ssl_certificate" is defined for the "listen ... ssl" directive', {
        ...about,
        code: "no-certificate",
      });
    checkPort(server, names);
    if (server.own(proxyPass) === undefined && server.own(returnStatement) === undefined)
      throw new Mistake("no handler for server", {
        ...about,
        code: "no-handler",
        remedy: "Say proxy_pass or return.",
      });
  }
}

/** Where proxy_pass names no upstream, it names a port. */
function checkPort(server: Block, upstreams: readonly string[]): void {
  const pass = server.own(proxyPass);
  if (pass === undefined || pass.text.includes("$")) return;
  const url = parseUrl(pass.text);
  if (typeof url === "string" || url.path !== undefined) return;
  const about = { place: pass.place, word: { text: pass.text, quoted: false, place: pass.place } };
  if (url.noPort && !upstreams.includes(url.host))
    throw new Mistake(`no port in upstream "${pass.text}"`, { ...about, code: "no-port" });
  if (!url.noPort && upstreams.includes(url.host))
    throw new Mistake(`upstream "${url.host}" may not have port ${url.port}`, {
      ...about,
      code: "port-of-upstream",
    });
}
