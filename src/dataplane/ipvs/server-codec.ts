import type { ForwardingMethod, ServerId, ServerSpec, ServerStatus, Tunnel } from "../../ipvs/model.js";
import { type Attributes, type BodyWriter, MalformedMessageError } from "../../netlink/index.js";
import { addressBytes, addressIn, familyIn, familyNumber, portBytes, portIn } from "./addresses.js";
import { ServerAttribute as Attribute } from "./numbers.js";
import { readTraffic } from "./statistics.js";

/** IP_VS_CONN_F_*: the forwarding method is three bits of a connection's flags. */
const methods: readonly ForwardingMethod[] = ["masq", "local", "tunnel", "droute"];
const methodMask = 7;
/** IP_VS_CONN_F_TUNNEL_TYPE_* and IP_VS_TUNNEL_ENCAP_FLAG_* */
const tunnelTypes: readonly Tunnel["type"][] = ["ipip", "gue", "gre"];
const tunnelChecksums: readonly Tunnel["checksum"][] = ["none", "csum", "remote"];

/** What names a server: all that a deletion needs. */
export function writeServerId(body: BodyWriter, { address, port }: ServerId): BodyWriter {
  return body
    .u16(Attribute.family, familyNumber(address.family))
    .bytes(Attribute.address, addressBytes(address))
    .bytes(Attribute.port, portBytes(port));
}

/** All of a server, as it is added or edited; its numbers have to fit 32 bits ({@link fitsKernel}). */
export function writeServer(body: BodyWriter, spec: ServerSpec): BodyWriter {
  writeServerId(body, spec)
    .u32(Attribute.method, methods.indexOf(spec.method))
    .u32(Attribute.weight, spec.weight)
    .u32(Attribute.upperThreshold, spec.upperThreshold)
    .u32(Attribute.lowerThreshold, spec.lowerThreshold);
  const { tunnel } = spec;
  if (!tunnel || spec.method !== "tunnel") return body;
  return body
    .u8(Attribute.tunnelType, tunnelTypes.indexOf(tunnel.type))
    .bytes(Attribute.tunnelPort, portBytes(tunnel.port))
    .u16(Attribute.tunnelFlags, tunnelChecksums.indexOf(tunnel.checksum));
}

/** Whether a server's numbers can be said to the kernel; what they may be is for it to tell. */
export function fitsKernel({ weight, upperThreshold, lowerThreshold }: ServerSpec): boolean {
  return [weight, upperThreshold, lowerThreshold].every((number) => number >>> 0 === number);
}

/** @throws MalformedMessageError */
export function readServer(attributes: Attributes): ServerStatus {
  const family = familyIn(attributes, Attribute.family);
  const number = (attributes.u32(Attribute.method) ?? 0) & methodMask;
  const method = methods[number];
  if (!method) throw new MalformedMessageError(`forwarding method ${number}`);
  return {
    address: addressIn(attributes, Attribute.address, family),
    port: portIn(attributes, Attribute.port),
    method,
    weight: attributes.u32(Attribute.weight) ?? 0,
    upperThreshold: attributes.u32(Attribute.upperThreshold) ?? 0,
    lowerThreshold: attributes.u32(Attribute.lowerThreshold) ?? 0,
    ...(method === "tunnel" && { tunnel: readTunnel(attributes) }),
    active: attributes.u32(Attribute.active) ?? 0,
    inactive: attributes.u32(Attribute.inactive) ?? 0,
    persistent: attributes.u32(Attribute.persistent) ?? 0,
    ...readTraffic(attributes, Attribute.statistics64, Attribute.statistics),
  };
}

/** Kernels before 5.3 don't say the type: they have one. */
function readTunnel(attributes: Attributes): Tunnel {
  const type = tunnelTypes[attributes.u8(Attribute.tunnelType) ?? 0];
  const checksum = tunnelChecksums[attributes.u16(Attribute.tunnelFlags) ?? 0];
  if (!type || !checksum) throw new MalformedMessageError("a tunnel of no known type");
  return { type, port: portIn(attributes, Attribute.tunnelPort), checksum };
}
