import type { CapturedServer, TracedPacket } from "../dataplane/xdp/index.js";
import { type Endpoint, endpointText, type Protocol, type ServiceId } from "../ipvs/model.js";
import type { IpAddress } from "../wire/address.js";
import { type HostNames, shownNames } from "./host-names.js";
import { serviceName } from "./targets.js";

/** How ends of connections are written: by numbers, or by the names that this host knows. */
export interface TraceNames {
  /** Learns the names of all that a packet's lines tell of; undefined if there is nothing to wait for. */
  learn(packet: TracedPacket): Promise<void> | undefined;
  address(address: IpAddress): string;
  endpoint(endpoint: Endpoint, protocol?: Protocol | "ip"): string;
  server(server: CapturedServer): string;
  service(id: ServiceId): string;
}

export const numericNames: TraceNames = {
  learn: () => undefined,
  address: (address) => `${address}`,
  endpoint: endpointText,
  server: (server) => (server.port === 0 ? `${server.address}` : endpointText(server)),
  service: serviceName,
};

/** Each name is asked for once: the answer, or that there was none, is kept. */
export function namesOf(names: HostNames): TraceNames {
  const known = new Map<string, string>();
  const address = (one: IpAddress) => known.get(`${one}`) ?? `${one}`;
  const endpoint = ({ address: one, port }: Endpoint, protocol: Protocol | "ip" = "ip") => {
    const host = known.get(`${one}`) ?? (one.family === 6 ? `[${one}]` : `${one}`);
    const service = protocol === "ip" ? undefined : names.services.name(port, protocol);
    return `${host}:${service ?? port}`;
  };
  return {
    learn(packet) {
      const wanted = addressesOf(packet).filter((one) => !known.has(`${one}`));
      if (wanted.length === 0) return undefined;
      return shownNames(names, wanted).then(({ host }) => {
        for (const one of wanted) known.set(`${one}`, nameOr(host(one), one));
      });
    },
    address,
    endpoint,
    server: (server) => {
      const { service } = server;
      if (server.port === 0) return address(server.address);
      return endpoint(server, service.kind === "address" ? service.protocol : "ip");
    },
    service: (id) =>
      id.kind === "address" ? `${id.protocol} ${endpoint(id, id.protocol)}` : serviceName(id),
  };
}

/** An IPv6 address without a name stands in brackets before its port. */
const nameOr = (text: string, one: IpAddress): string =>
  one.family === 6 && text.includes(":") ? `[${one}]` : text;

function addressesOf({ flow, connection, server, choice, template }: TracedPacket): IpAddress[] {
  return [
    ...[flow, connection].flatMap((one) => (one ? [one.client.address, one.virtual.address] : [])),
    ...(server ? [server.address] : []),
    ...(template ? [template.client] : []),
    ...(choice?.candidates.map((candidate) => candidate.server.address) ?? []),
  ];
}
