import fc from "fast-check";
import type { ServerSpec, ServiceId, ServiceSpec } from "../../src/ipvs/model.js";
import { flagsOf, schedulers } from "../../src/ipvs/schedulers.js";
import { IpAddress } from "../../src/wire/address.js";

const address4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => IpAddress.fromBytes(bytes));
const address6 = fc
  .oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    // Many zeros, as in real addresses: they decide how the text looks.
    fc
      .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
      .map((bytes) => Uint8Array.from(bytes)),
  )
  .map((bytes) => IpAddress.fromBytes(bytes));
export const anyAddress = fc.oneof(address4, address6);

const unicast = (address: IpAddress) => {
  const bytes = Uint8Array.from(address.bytes);
  if (address.family === 4) bytes[0] = 10 + (bytes[0]! % 100);
  else bytes[0] = 0x20;
  return IpAddress.fromBytes(bytes);
};

const port = fc.integer({ min: 0, max: 65535 });
const positive = fc.integer({ min: 0, max: 0x7fff_ffff });

const serviceId: fc.Arbitrary<ServiceId> = fc.oneof(
  fc.record({
    kind: fc.constant("address" as const),
    protocol: fc.constantFrom("tcp" as const, "udp" as const, "sctp" as const),
    address: anyAddress,
    port,
  }),
  // Marks above 2^31 are shown, and saved, as negative numbers, which nobody reads back.
  fc.record({
    kind: fc.constant("mark" as const),
    mark: fc.integer({ min: 1, max: 0x7fff_ffff }),
    family: fc.constantFrom(4 as const, 6 as const),
  }),
);

const scheduler = fc
  .tuple(fc.constantFrom(...schedulers.map(({ name }) => name)), fc.integer({ min: 0, max: 7 }))
  // The third bit has no name with sh and mh, and cannot be saved.
  .map(([name, bits]) => ({
    scheduler: name,
    schedulerFlags: flagsOf(name, name === "sh" || name === "mh" ? bits & 3 : bits),
  }));

/** A service that can be saved and restored. */
export const serviceSpec: fc.Arbitrary<ServiceSpec> = fc
  .record({
    id: serviceId,
    chosen: scheduler,
    timeout: fc.option(fc.integer({ min: 1, max: 31 * 86400 }), { nil: undefined }),
    mask4: address4,
    mask6: fc.integer({ min: 1, max: 128 }),
    onePacket: fc.boolean(),
    sip: fc.boolean(),
  })
  .map(({ id, chosen, timeout, mask4, mask6, onePacket, sip }) => {
    const family = id.kind === "mark" ? id.family : id.address.family;
    const seconds = timeout ?? (id.kind === "address" && id.port === 0 ? 360 : undefined);
    return {
      id,
      ...chosen,
      ...(seconds !== undefined && {
        persistence: { timeout: seconds, netmask: family === 6 ? mask6 : mask4 },
      }),
      onePacket: onePacket && (id.kind === "mark" || id.protocol === "udp"),
      ...(sip && { persistenceEngine: "sip" }),
    };
  });

const tunnel = fc.oneof(
  fc.constant({ type: "ipip" as const, port: 0, checksum: "none" as const }),
  fc.record({
    type: fc.constant("gue" as const),
    port: fc.integer({ min: 1, max: 65535 }),
    checksum: fc.constantFrom("none" as const, "csum" as const, "remote" as const),
  }),
  fc.record({
    type: fc.constant("gre" as const),
    port: fc.constant(0),
    checksum: fc.constantFrom("none" as const, "csum" as const),
  }),
);

/** A server that the service can have, and that can be saved and restored. */
export function serverSpec(service: ServiceId): fc.Arbitrary<ServerSpec> {
  const family = service.kind === "mark" ? service.family : service.address.family;
  return fc
    .record({
      method: fc.constantFrom("masq" as const, "droute" as const, "tunnel" as const),
      own: family === 4 ? address4 : address6,
      any: anyAddress,
      port,
      weight: positive,
      upper: positive,
      lower: fc.double({ min: 0, max: 1, noNaN: true }),
      tunnel,
    })
    .map((parts) => ({
      address: unicast(parts.method === "tunnel" ? parts.any : parts.own),
      // Only NAT can change the port.
      port: service.kind === "address" && parts.method !== "masq" ? service.port : parts.port,
      method: parts.method,
      weight: parts.weight,
      upperThreshold: parts.upper,
      lowerThreshold: Math.floor(parts.upper * parts.lower),
      ...(parts.method === "tunnel" && { tunnel: parts.tunnel }),
    }));
}

/** Services with their servers; some of them may be the same. */
export const configuration = fc.array(
  serviceSpec.chain((service) =>
    fc.array(serverSpec(service.id), { maxLength: 5 }).map((servers) => ({ service, servers })),
  ),
  { maxLength: 6 },
);
