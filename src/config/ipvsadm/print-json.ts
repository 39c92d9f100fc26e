import type {
  ConnectionEntry,
  Counters,
  Endpoint,
  ServerStatus,
  ServiceStatus,
  SyncDaemon,
  Timeouts,
} from "../../ipvs/model.js";
import { inetNtop } from "./inet.js";
import { ipvsVersion } from "./print-services.js";
import { sortServers, sortServices } from "./sort.js";

/**
 * `--json`: one document and a line break, addresses always as numbers. Everything that a listing of services can show
 * is in it, whichever columns are asked for. Counters beyond 2^53 are strings, because most readers would round them.
 */
export function servicesJson(services: readonly ServiceStatus[], tableSize: number, sorted: boolean): string {
  const list = sorted ? sortServices(services) : services;
  return document({
    version: ipvsVersion,
    size: tableSize,
    services: list.map((service) => serviceValue(service, sorted)),
  });
}

/** The connection table, a line for each entry, so that a long one need not be held in memory twice. */
export function* connectionsJson(connections: Iterable<ConnectionEntry>): Generator<string> {
  yield '{\n  "connections": [';
  let separator = "\n";
  for (const entry of connections) {
    yield `${separator}    ${JSON.stringify(connectionValue(entry))}`;
    separator = ",\n";
  }
  yield separator === "\n" ? "]\n}\n" : "\n  ]\n}\n";
}

export function timeoutsJson({ tcp, tcpFin, udp }: Timeouts): string {
  return document({ timeouts: { tcp, tcpFin, udp } });
}

export function daemonsJson(daemons: readonly SyncDaemon[]): string {
  const order = { master: 0, backup: 1 };
  const list = [...daemons].sort((one, other) => order[one.role] - order[other.role]);
  return document({
    daemons: list.map(({ role, multicastInterface, syncId, maxLength, group, port, ttl }) => ({
      role,
      interface: multicastInterface,
      syncId,
      maxLength,
      group: group && inetNtop(group),
      port,
      ttl,
    })),
  });
}

const document = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

/** A number as JSON can hold it. */
function jsonNumber(value: bigint): number | string {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `${value}`;
}

function serviceValue(service: ServiceStatus, sorted: boolean) {
  const { id, persistence } = service;
  const servers = sorted ? sortServers(service.servers) : service.servers;
  return {
    ...(id.kind === "mark"
      ? { mark: id.mark, family: id.family }
      : {
          protocol: id.protocol,
          address: inetNtop(id.address),
          port: id.port,
          family: id.address.family,
        }),
    scheduler: service.scheduler,
    flags: service.schedulerFlags,
    persistence: persistence && {
      timeout: persistence.timeout,
      netmask: typeof persistence.netmask === "number" ? persistence.netmask : inetNtop(persistence.netmask),
    },
    engine: service.persistenceEngine,
    onePacket: service.onePacket,
    counters: countersValue(service.counters),
    rates: service.rates,
    servers: servers.map(serverValue),
  };
}

function serverValue(server: ServerStatus) {
  const { address, port, method, tunnel, weight, upperThreshold, lowerThreshold } = server;
  const { active, inactive, persistent, rates } = server;
  return {
    address: inetNtop(address),
    port,
    method,
    tunnel,
    weight,
    upperThreshold,
    lowerThreshold,
    active,
    inactive,
    persistent,
    counters: countersValue(server.counters),
    rates,
  };
}

function countersValue(counters: Counters) {
  const { connections, inPackets, outPackets, inBytes, outBytes } = counters;
  return {
    connections: jsonNumber(connections),
    inPackets: jsonNumber(inPackets),
    outPackets: jsonNumber(outPackets),
    inBytes: jsonNumber(inBytes),
    outBytes: jsonNumber(outBytes),
  };
}

function connectionValue(entry: ConnectionEntry) {
  const { protocol, state, expires, template, engine } = entry;
  const endpoint = ({ address, port }: Endpoint) => ({ address: inetNtop(address), port });
  return {
    protocol,
    state,
    expires,
    client: endpoint(entry.client),
    virtual: endpoint(entry.virtual),
    server: endpoint(entry.server),
    template,
    engine,
  };
}
