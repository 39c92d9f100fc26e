import {
  type ProxySection,
  type ReadResult,
  readHaproxyConfig,
  type World,
} from "../config/haproxy/index.js";
import type { Expectation } from "./expected.js";
import { haproxyFile } from "./haproxy.js";
import type { Fault } from "./shape.js";
import { type HostSpec, hostsOf, type Topology } from "./topology.js";

/** Nothing but the file itself is there to be read before a lab is. */
const world = (host: HostSpec): World => ({
  environment: {},
  readFile: () => ({ reason: "No such file or directory" }),
  list: () => undefined,
  hostName: () => host.name,
  user: (name) => (name === "root" ? 0 : undefined),
  group: (name) => (name === "root" ? 0 : undefined),
});

/** Reads a host's haproxy.cfg, wherever this process is. */
function readHaproxy(host: HostSpec): ReadResult {
  const text = Buffer.from(host.haproxy?.config ?? "").toString("latin1");
  return readHaproxyConfig([{ name: haproxyFile, text }], world(host));
}

/** What of a haproxy.cfg haproxy would not start with. */
export function* haproxyFaults(topology: Topology): Generator<Fault> {
  for (const [h, host] of topology.hosts.entries()) {
    if (!host.haproxy) continue;
    const path = `hosts[${h}].haproxy`;
    if (host.role !== "proxy") yield { path, what: `host ${host.name} has a haproxy.cfg and is no proxy` };
    for (const { severity, code, place, message } of readHaproxy(host).diagnostics)
      if (severity === "error" && code !== "errors-in-file")
        yield {
          path: `${path}.config`,
          what: `host ${host.name}: line ${place.line}, column ${place.column}: ${message}`,
        };
  }
}

/** Who should answer what proxies are asked at a port: the same of all of them that listen there. */
export function proxyExpectation(
  topology: Topology,
  port: number,
  requests: number,
): Expectation | undefined {
  for (const host of hostsOf(topology, "proxy")) {
    const { config } = readHaproxy(host);
    const front = config?.proxies.find(({ binds }) =>
      binds.some(
        ({ address }) =>
          address.kind === "inet" && address.ports && address.ports.from <= port && port <= address.ports.to,
      ),
    );
    const back = front?.backend ? front : config?.proxies.find(({ name }) => name === front?.defaultBackend);
    if (back) return shares(back, requests);
  }
  return undefined;
}

/** Round robin keeps to the weights in every round; within one, and by the other ways, they are what to compare with. */
function shares({ servers, balance }: ProxySection, requests: number): Expectation {
  const able = servers.flatMap(({ backup, weight, disabled, address }) =>
    backup || disabled || weight === 0 || address.kind !== "inet"
      ? []
      : [{ name: address.host, weight, count: 0 }],
  );
  const round = able.reduce((sum, { weight }) => sum + weight, 0);
  for (let request = 0; request < requests && able.length > 0; request++)
    able.reduce((best, each) =>
      (each.count + 1) / each.weight < (best.count + 1) / best.weight ? each : best,
    ).count++;
  const inTurn = balance.algorithm === "roundrobin" || balance.algorithm === "static-rr";
  return {
    counts: new Map(able.map(({ name, count }) => [name, count])),
    exact: inTurn && requests % round === 0,
  };
}
