import type { PlainStruct } from "../../asm/index.js";
import type { ForwardingMethod, Protocol, ServiceId, ServiceSpec } from "../../ipvs/model.js";
import { IpAddress } from "../../wire/address.js";
import { Method, markFamily, type Service, ServiceKey, seconds } from "./layout.js";

/** How what people configure stands in the shared records, and back. */

export const protocolNumbers = { tcp: 6, udp: 17, sctp: 132 } as const satisfies Record<Protocol, number>;
export const protocolNamed = (number: number): Protocol | undefined =>
  (Object.keys(protocolNumbers) as Protocol[]).find((name) => protocolNumbers[name] === number);

export const methodNamed = (number: number): ForwardingMethod => methods.get(number)!;
const methods = new Map(
  (Object.keys(Method) as ForwardingMethod[]).map((name) => [Method[name] as number, name]),
);

/** An address as records hold it: 16 bytes, of which an IPv4 address fills the first four. */
export function padded(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(address.bytes);
  return bytes;
}

/** The address in 16 bytes of a record. */
export const addressIn = (bytes: Uint8Array, family: number): IpAddress =>
  IpAddress.within(bytes, 0, family === 6 ? 6 : 4);

/** What names a service, as records hold it: a mark stands in the address, with no port and no protocol. */
export interface Identity {
  readonly address: Uint8Array;
  readonly port: number;
  readonly protocol: number;
  readonly family: 4 | 6;
}

export function identityOf(id: ServiceId): Identity {
  if (id.kind === "mark") {
    const address = new Uint8Array(16);
    new DataView(address.buffer).setUint32(0, id.mark);
    return { address, port: 0, protocol: 0, family: id.family };
  }
  const { address, port, protocol } = id;
  return { address: padded(address), port, protocol: protocolNumbers[protocol], family: address.family };
}

type Named = { address: Uint8Array; port: number; protocol: number; family: number };

/** The service that an identity names. */
export function serviceIdOf({ address, port, protocol, family }: Named): ServiceId {
  const name = protocolNamed(protocol);
  if (name) return { kind: "address", protocol: name, address: addressIn(address, family), port };
  const mark = new DataView(address.buffer, address.byteOffset).getUint32(0);
  return { kind: "mark", mark, family: family === 6 ? 6 : 4 };
}

/** The key by which packets find a service. */
export const serviceKey = ({ address, port, protocol, family }: Named): Uint8Array =>
  ServiceKey.encode({ address, port, protocol, family: protocol === 0 ? family + markFamily : family });

/** Whether packets for other ports than its own may be a service's: any port's, or FTP's. */
export const isWild = ({ port, protocol }: Named): boolean =>
  (port === 0 && protocol !== 0) || (port === 21 && protocol === protocolNumbers.tcp);

/** The netmask of persistence as 16 bytes of ones and zeros. */
export function maskBytes(mask: IpAddress | number): Uint8Array {
  if (mask instanceof IpAddress) return padded(mask);
  return Uint8Array.from({ length: 16 }, (_, i) => 0xff00 >> Math.min(8, Math.max(0, mask - 8 * i)));
}

/** The persistence that a record tells. */
export function persistenceOf(
  record: PlainStruct<(typeof Service)["shape"]>,
): NonNullable<ServiceSpec["persistence"]> {
  const { netmask, family } = record;
  const ones = netmask.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
  return {
    timeout: Math.round(seconds(record.persistence)),
    netmask: family === 6 ? ones : addressIn(netmask, 4),
  };
}

export const same = (one: Uint8Array, other: Uint8Array): boolean =>
  one.every((byte, i) => byte === other[i]);
