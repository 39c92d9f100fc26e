import { noNames, parse, readHostPort } from "../config/ipvsadm/index.js";
import { RondoError } from "../errors.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import {
  endpointText,
  type ServerStatus,
  type ServiceId,
  type ServiceStatus,
  serviceIdText,
} from "../ipvs/model.js";

import { type Prefix, parsePrefix } from "../ipvs/prefix.js";
import type { IpAddress } from "../wire/address.js";
import { usageError } from "./command-io.js";
import type { OptionTypes, Values } from "./words.js";

export { placeKey, withWeight } from "../ipvs/place.js";

/** The options that name a service, as ipvsadm has them. */
export const serviceOptions: OptionTypes = {
  "tcp-service": { type: "string", short: "t" },
  "udp-service": { type: "string", short: "u" },
  "sctp-service": { type: "string" },
  "fwmark-service": { type: "string", short: "f" },
  ipv6: { type: "boolean", short: "6" },
};

/** The service that options name; undefined if none does. */
export function namedService(values: Values): ServiceId | undefined {
  const names = ["tcp-service", "udp-service", "sctp-service", "fwmark-service"];
  const given = names.filter((name) => values[name] !== undefined);
  if (given.length === 0) {
    if (values["ipv6"]) throw usageError("-6 belongs to -f MARK");
    return undefined;
  }
  if (given.length > 1) throw usageError("one service at a time");
  const words = [`--${given[0]}`, String(values[given[0]!]), ...(values["ipv6"] ? ["-6"] : [])];
  const command = parse(["-D", ...words]);
  return command.kind === "delete-service" ? command.service : undefined;
}

export interface Named {
  readonly address: IpAddress;
  readonly port?: number;
}

/** An address with or without a port: "192.168.4.100", "192.168.4.100:80", "[fd66::1]:80", "fd66::1". */
function readEndpoint(text: string, what: string): Named {
  const found = readHostPort(text, undefined, noNames);
  if (!found) throw usageError(`${text} is no ${what}: an address, or an address and a port`);
  return { address: found.address, ...(found.port !== undefined && { port: found.port }) };
}

/** The real server that stands before all options, and the service that they name. */
export function namedServer(
  values: Values,
  [text]: readonly string[],
  usage: string,
): { server: Named; service: ServiceId | undefined } {
  if (text === undefined) throw usageError("which real server?", usage.trimEnd());
  return { server: readEndpoint(text, "real server"), service: namedService(values) };
}

/** The options that say which connections are meant. */
export const filterOptions: OptionTypes = {
  ...serviceOptions,
  server: { type: "string" },
  client: { type: "string" },
};

/** What {@link filterOptions} say. */
export function namedFilter(values: Values): { service?: ServiceId; server?: Named; client?: Prefix } {
  const service = namedService(values);
  const { server, client } = values;
  return {
    ...(service && { service }),
    ...(server !== undefined && { server: readEndpoint(String(server), "real server") }),
    ...(client !== undefined && { client: parsePrefix(String(client), "--client") }),
  };
}

/** The service that is meant by ADDRESS:PORT alone; it has to be one. */
export function serviceAt(plane: DataPlane, text: string): ServiceId {
  const { address, port = 0 } = readEndpoint(text, "service");
  const found = plane
    .services()
    .map(({ id }) => id)
    .filter((id) => id.kind === "address" && id.address.equals(address) && id.port === port);
  if (found.length === 1) return found[0]!;
  if (found.length === 0) throw noSuchService(text);
  throw new RondoError(
    "ambiguous",
    `there are ${found.length} services ${text}: ${found.map(serviceName).join(", ")}`,
    {
      remedy: "Say which by -t, -u or --sctp-service.",
    },
  );
}

/** A service that there is. */
export function existing(plane: DataPlane, id: ServiceId): ServiceStatus {
  const service = plane.service(id);
  if (!service) throw noSuchService(serviceName(id));
  return service;
}

const noSuchService = (name: string) =>
  new RondoError("no-such-service", `there is no service ${name}`, { remedy: "See `ipvsadm -Ln`." });

/** A real server in one of the services that it is in. */
export interface Place {
  readonly service: ServiceStatus;
  readonly server: ServerStatus;
}

/** All places of a real server, or that in one service. There is at least one. */
export function placesOf(plane: DataPlane, { address, port }: Named, id: ServiceId | undefined): Place[] {
  const services = id ? [existing(plane, id)] : plane.services();
  const found = services.flatMap((service) =>
    service.servers
      .filter((server) => server.address.equals(address) && (port === undefined || server.port === port))
      .map((server) => ({ service, server })),
  );
  if (found.length > 0) return found;
  const name = port === undefined ? `${address}` : endpointText({ address, port });
  throw new RondoError(
    "no-such-server",
    `${id ? `service ${serviceName(id)} has` : "no service has a"} ${id ? "no " : ""}real server ${name}`,
    {
      remedy: "See `ipvsadm -Ln`.",
    },
  );
}

/** How a service is told of: "tcp 192.168.4.15:80", "mark 7". */
export function serviceName(id: ServiceId): string {
  if (id.kind === "address") return serviceIdText(id);
  return `mark ${id.mark}${id.family === 6 ? " (IPv6)" : ""}`;
}

/** How a server in a service is told of: "192.168.4.10:80 of tcp 192.168.4.15:80". */
export const placeName = (service: ServiceId, server: ServerStatus): string =>
  `${endpointText(server)} of ${serviceName(service)}`;

/** What happened to a server in a service, as a line of JSON. */
export const placeEvent = (service: ServiceId, server: ServerStatus, event: string, more: object): string =>
  `${JSON.stringify({ event, service: serviceName(service), server: endpointText(server), ...more })}\n`;

/** What is there of a server now. */
export function statusOf(
  plane: DataPlane,
  service: ServiceId,
  server: ServerStatus,
): ServerStatus | undefined {
  return plane
    .service(service)
    ?.servers.find((each) => each.address.equals(server.address) && each.port === server.port);
}
