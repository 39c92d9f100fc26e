import { listen as httpListen } from "../config/nginx/directives/http.js";
import { proxyPass } from "../config/nginx/directives/proxy.js";
import { listen as streamListen } from "../config/nginx/directives/stream/core.js";
import { proxyPass as streamProxyPass } from "../config/nginx/directives/stream/proxy.js";
import { upstreamServer as streamServer } from "../config/nginx/directives/stream/upstream.js";
import { upstreamServer } from "../config/nginx/directives/upstream.js";
import { type Block, type NginxWorld, type ReadResult, readConfig } from "../config/nginx/index.js";
import type { UpstreamServer } from "../config/nginx/model/index.js";
import type { Expectation } from "./expected.js";
import { nginxFile } from "./nginx.js";
import type { Fault } from "./shape.js";
import { type HostSpec, hostsOf, type Topology } from "./topology.js";

/** Nothing but the file itself is there to be read before a lab is. */
const world = (host: HostSpec): NginxWorld => ({
  readFile: (path) =>
    path === nginxFile
      ? { bytes: Buffer.from(host.nginx?.config ?? "") }
      : { reason: "No such file or directory" },
  list: () => undefined,
  hostName: () => host.name,
  user: (name) => (name === "root" ? 0 : undefined),
  group: (name) => (name === "root" ? 0 : undefined),
});

const readNginx = (host: HostSpec): ReadResult => readConfig(nginxFile, { world: world(host), root: true });

/** What of an nginx.conf nginx would not start with. */
export function* nginxFaults(topology: Topology): Generator<Fault> {
  for (const [h, host] of topology.hosts.entries()) {
    if (!host.nginx) continue;
    const path = `hosts[${h}].nginx`;
    if (host.role !== "proxy") yield { path, what: `host ${host.name} has an nginx.conf and is no proxy` };
    for (const { severity, place, message } of readNginx(host).diagnostics)
      if (severity === "emerg")
        yield {
          path: `${path}.config`,
          what: `host ${host.name}: line ${place.line}, column ${place.column}: ${message}`,
        };
  }
}

/** Who should answer what proxies are asked at a port: the servers of the first upstream there, by their weights. */
export function nginxExpectation(
  topology: Topology,
  port: number,
  requests: number,
): Expectation | undefined {
  for (const host of hostsOf(topology, "proxy")) {
    if (!host.nginx) continue;
    const servers = serversAt(readNginx(host).main, port);
    if (servers) return shares(servers, requests);
  }
  return undefined;
}

function serversAt(main: Block, port: number): readonly UpstreamServer[] | undefined {
  const [http] = main.all("http");
  const [stream] = main.all("stream");
  const web = http
    ?.all("http-server")
    .find((server) => server.value(httpListen).some((each) => each.port === port));
  const passed = web
    ?.all("location")
    .map((location) => location.own(proxyPass))
    .find((pass) => pass !== undefined);
  if (http && passed) return named(http, "http-upstream", passed.authority)?.value(upstreamServer);
  const plain = stream
    ?.all("stream-server")
    .find((server) => server.value(streamListen).some((each) => each.port === port));
  const target = plain?.value(streamProxyPass);
  return stream && target ? named(stream, "stream-upstream", target.text)?.value(streamServer) : undefined;
}

const named = (block: Block, context: "http-upstream" | "stream-upstream", name: string): Block | undefined =>
  block.all(context).find(({ statement }) => statement?.words[0]?.text === name);

/** Round robin keeps to the weights in every round. */
function shares(servers: readonly UpstreamServer[], requests: number): Expectation {
  const able = servers.filter(({ backup, down }) => !backup && !down);
  const round = able.reduce((sum, { weight }) => sum + weight, 0);
  const counts = new Map(able.map(({ host, weight }) => [host, Math.round((requests * weight) / round)]));
  return { counts, exact: round > 0 && requests % round === 0 };
}
