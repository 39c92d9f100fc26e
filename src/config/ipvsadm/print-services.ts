import type { Counters, Rates, ServerStatus, ServiceStatus } from "../../ipvs/model.js";
import type { Columns, ListFormat } from "./command.js";
import type { NameSource } from "./names.js";
import {
  endpointName,
  flagsText,
  largeNumber,
  markText,
  methodName,
  netmaskText,
  portProtocol,
  tunnelInfo,
} from "./print-parts.js";
import { sortServers, sortServices } from "./sort.js";

/** The IPVS version that listings name. */
export const ipvsVersion = "1.2.1";

/** `-L`: all services, under the line that names version and table size. */
export function* printServices(
  services: readonly ServiceStatus[],
  tableSize: number,
  format: ListFormat,
  names: NameSource,
): Generator<string> {
  yield `IP Virtual Server version ${ipvsVersion} (size=${tableSize})\n`;
  yield titles[format.columns];
  for (const service of format.sorted ? sortServices(services) : services)
    yield* printService(service, format, names);
}

/** `-L -t SERVICE`: one service, without the version. */
export function* printOneService(
  service: ServiceStatus,
  format: ListFormat,
  names: NameSource,
): Generator<string> {
  yield titles[format.columns];
  yield* printService(service, format, names);
}

const head = (...columns: string[]) =>
  `${"Prot LocalAddress:Port".padEnd(33)} ${columns.join(" ")}\n  -> RemoteAddress:Port\n`;
const right = (...columns: string[]) => head(...columns.map((column) => column.padStart(8)));

const titles: Readonly<Record<Columns, string>> = {
  default:
    "Prot LocalAddress:Port Scheduler Flags\n" +
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
  stats: right("Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"),
  rate: right("CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"),
  thresholds: head("Uthreshold", "Lthreshold", "ActiveConn", "InActConn "),
  "persistent-conn": head("Weight   ", "PersistConn", "ActiveConn", "InActConn "),
  "tun-info":
    "Prot LocalAddress:Port Scheduler Flags\n" +
    "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn\n",
};

function* printService(service: ServiceStatus, format: ListFormat, names: NameSource): Generator<string> {
  const name = serviceName(service, names);
  if (format.columns === "stats" || format.columns === "rate") {
    const values = format.columns === "stats" ? service.counters : service.rates;
    yield `${name.padEnd(33)}${numbers(values, format.exact)}\n`;
  } else yield `${name} ${service.scheduler}${attributes(service)}\n`;
  for (const server of format.sorted ? sortServers(service.servers) : service.servers) {
    let remote = endpointName(server, portProtocol(service), names);
    if (server.address.family === 4) remote = remote.slice(0, 28);
    yield `  -> ${remote.padEnd(28)}${rows[format.columns](server, format.exact)}\n`;
  }
}

function serviceName(service: ServiceStatus, names: NameSource): string {
  const { id } = service;
  if (id.kind === "mark") return `FWM  ${markText(id.mark)}${id.family === 6 ? " IPv6" : ""}`;
  const name = `${id.protocol.toUpperCase().padEnd(4)} ${endpointName(id, id.protocol, names)}`;
  return id.address.family === 4 ? name.slice(0, 33) : name;
}

function attributes(service: ServiceStatus): string {
  const flags = flagsText(service);
  const mask = netmaskText(service);
  let text = flags === undefined ? "" : ` (${flags})`;
  if (service.persistence) {
    text += ` persistent ${service.persistence.timeout}`;
    if (mask !== undefined) text += ` mask ${mask}`;
    // An engine is shown only with persistence, though it is saved without.
    if (service.persistenceEngine) text += ` pe ${service.persistenceEngine}`;
  }
  return service.onePacket ? `${text} ops` : text;
}

const order = ["connections", "inPackets", "outPackets", "inBytes", "outBytes"] as const;

function numbers(values: Counters | Rates, exact: boolean): string {
  return order.map((key) => largeNumber(values[key], exact)).join("");
}

const left = (value: number, width: number) => `${value}`.padEnd(width);

/** What follows a server's address. Rates of connections and packets are never shortened. */
const rows: Readonly<Record<Columns, (server: ServerStatus, exact: boolean) => string>> = {
  default: (server) =>
    ` ${methodName(server).padEnd(7)} ${left(server.weight, 6)} ${left(server.active, 10)} ${left(server.inactive, 10)}`,
  stats: (server, exact) => numbers(server.counters, exact),
  rate: ({ rates }, exact) =>
    [rates.connections, rates.inPackets, rates.outPackets]
      .map((rate) => ` ${`${rate}`.padStart(8)}`)
      .concat(largeNumber(rates.inBytes, exact), largeNumber(rates.outBytes, exact))
      .join(""),
  thresholds: (server) =>
    [server.upperThreshold, server.lowerThreshold, server.active, server.inactive]
      .map((value) => ` ${left(value, 10)}`)
      .join(""),
  "persistent-conn": (server) =>
    ` ${left(server.weight, 9)} ${left(server.persistent, 11)} ${left(server.active, 10)} ${left(server.inactive, 10)}`,
  "tun-info": (server) =>
    ` ${methodName(server).padEnd(7)} ${tunnelInfo(server).padEnd(13)} ${left(server.weight, 6)} ` +
    `${left(server.active, 10)} ${left(server.inactive, 10)}`,
};
