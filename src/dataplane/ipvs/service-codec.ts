import { serviceFamily } from "../../ipvs/checks.js";
import { IpvsError } from "../../ipvs/errors.js";
import type { Protocol, ServiceId, ServiceSpec, ServiceStatus } from "../../ipvs/model.js";
import { flagBits, flagsOf } from "../../ipvs/schedulers.js";
import { type Attributes, type BodyWriter, MalformedMessageError } from "../../netlink/index.js";
import { IpAddress } from "../../wire/address.js";
import { addressBytes, addressIn, familyIn, familyNumber, portBytes, portIn } from "./addresses.js";
import { ServiceAttribute as Attribute } from "./numbers.js";
import { readTraffic } from "./statistics.js";

/** IPPROTO_* */
const protocols = { tcp: 6, udp: 17, sctp: 132 } as const satisfies Record<Protocol, number>;

/** IP_VS_SVC_F_*: the scheduler's flags are the three bits from `schedulerShift` on. */
const Flag = { persistent: 1, onePacket: 4 } as const;
const schedulerShift = 3;

/** What names a service: all that a question or a deletion needs. */
export function writeServiceId(body: BodyWriter, id: ServiceId): BodyWriter {
  body.u16(Attribute.family, familyNumber(serviceFamily(id)));
  if (id.kind === "mark") return body.u32(Attribute.mark, id.mark);
  return body
    .u16(Attribute.protocol, protocols[id.protocol])
    .bytes(Attribute.address, addressBytes(id.address))
    .bytes(Attribute.port, portBytes(id.port));
}

/** All of a service, as it is added or edited. */
export function writeService(body: BodyWriter, spec: ServiceSpec): BodyWriter {
  const { id, scheduler, schedulerFlags, persistence, onePacket, persistenceEngine } = spec;
  const flags =
    (persistence ? Flag.persistent : 0) |
    (onePacket ? Flag.onePacket : 0) |
    (flagBits(scheduler, schedulerFlags) << schedulerShift);
  return writeServiceId(body, id)
    .text(Attribute.scheduler, scheduler)
    .text(Attribute.engine, persistenceEngine || undefined)
    .bytes(Attribute.flags, flagsBytes(flags))
    .u32(Attribute.timeout, persistence?.timeout ?? 0)
    .bytes(Attribute.netmask, netmaskBytes(serviceFamily(id), persistence?.netmask));
}

/** struct ip_vs_flags: the flags, and which of them are meant: all. */
const flagsBytes = (flags: number): Uint8Array => new Uint8Array(Uint32Array.of(flags, 0xffff_ffff).buffer);

/** IPv4: an address, as it lies in memory. IPv6: the prefix's length, a number; "invalid" otherwise. Without a mask all of the address counts. */
function netmaskBytes(family: 4 | 6, mask: IpAddress | number | undefined): Uint8Array {
  if (mask instanceof IpAddress !== (family === 4) && mask !== undefined) throw new IpvsError("invalid");
  if (mask instanceof IpAddress) return mask.bytes;
  if (family === 4 && mask === undefined) return Uint8Array.of(255, 255, 255, 255);
  return new Uint8Array(Uint32Array.of(mask ?? 128).buffer);
}

/** A service without its servers. @throws MalformedMessageError */
export function readService(attributes: Attributes): Omit<ServiceStatus, "servers"> {
  const scheduler = attributes.text(Attribute.scheduler) ?? "none";
  const flags = attributes.u32(Attribute.flags) ?? 0;
  const id = readId(attributes);
  const engine = attributes.text(Attribute.engine);
  return {
    id,
    scheduler,
    schedulerFlags: flagsOf(scheduler, (flags >> schedulerShift) & 7),
    onePacket: (flags & Flag.onePacket) !== 0,
    ...(flags & Flag.persistent && {
      persistence: {
        timeout: attributes.u32(Attribute.timeout) ?? 0,
        netmask: readNetmask(attributes, serviceFamily(id)),
      },
    }),
    ...(engine && { persistenceEngine: engine }),
    ...readTraffic(attributes, Attribute.statistics64, Attribute.statistics),
  };
}

function readId(attributes: Attributes): ServiceId {
  const family = familyIn(attributes, Attribute.family);
  const mark = attributes.u32(Attribute.mark) ?? 0;
  if (mark !== 0) return { kind: "mark", mark, family };
  const number = attributes.u16(Attribute.protocol);
  const protocol = (Object.keys(protocols) as Protocol[]).find((name) => protocols[name] === number);
  if (!protocol) throw new MalformedMessageError(`a service of protocol ${number ?? "none"}`);
  const address = addressIn(attributes, Attribute.address, family);
  return { kind: "address", protocol, address, port: portIn(attributes, Attribute.port) };
}

function readNetmask(attributes: Attributes, family: 4 | 6): IpAddress | number {
  return family === 4
    ? addressIn(attributes, Attribute.netmask, 4)
    : (attributes.u32(Attribute.netmask) ?? 128);
}
