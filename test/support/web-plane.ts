import { MemoryPlane } from "../../src/ipvs/memory-plane.js";
import type { ConnectionEntry, Protocol, ServiceId } from "../../src/ipvs/model.js";
import { IpAddress } from "../../src/wire/address.js";

export const at = (address: string, port: number) => ({ address: IpAddress.of(address), port });

export const serviceId = (protocol: Protocol, port: number): ServiceId => ({
  kind: "address",
  protocol,
  ...at("192.168.4.15", port),
});
export const web = serviceId("tcp", 80);
export const dns = serviceId("udp", 53);
export const one = at("192.168.4.100", 80);

/** Two services, tcp port 80 and udp port 53, with two servers each, of weight 5 if nothing else is said. */
export function webPlane(
  options: { scheduler?: string; weights?: readonly [number, number] } = {},
): MemoryPlane {
  const plane = new MemoryPlane();
  const weights = options.weights ?? [5, 5];
  for (const id of [web, dns]) {
    plane.addService({ id, scheduler: options.scheduler ?? "wlc", schedulerFlags: [], onePacket: false });
    for (const [i, address] of ["192.168.4.100", "192.168.4.200"].entries())
      plane.addServer(id, {
        ...at(address, id.kind === "address" ? id.port : 0),
        method: "droute",
        weight: weights[i]!,
        upperThreshold: 9,
        lowerThreshold: 0,
      });
  }
  return plane;
}

/** A connection to the web service, by its client. */
export function webConnection(
  client: string,
  options: { server?: string; template?: boolean } = {},
): ConnectionEntry {
  const { server = "192.168.4.100", template = false } = options;
  const ends = { client: at(client, 1), virtual: at("192.168.4.15", 80), server: at(server, 80) };
  return { protocol: "tcp", state: "ESTABLISHED", expires: 9, ...ends, template };
}
