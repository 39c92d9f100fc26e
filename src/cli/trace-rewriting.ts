import { type Endpoint, endpointText } from "../ipvs/model.js";
import type { DecodedUdp } from "../wire/index.js";
import type { Network } from "../wire/packet.js";
import { isAnswered, type ReadPacket } from "./capture-lines.js";

/** What the director changed in a packet beside its MAC addresses and its TTL. */
export interface Rewriting {
  readonly source?: Change;
  readonly destination?: Change;
  /** The header that it got around it. */
  readonly outer?: Outer;
}
interface Change {
  readonly from: Endpoint;
  readonly to: Endpoint;
}
export interface Outer {
  readonly kind: "ipip" | "gre" | "gue";
  readonly source: string;
  readonly destination: string;
  /** GUE's UDP port. */
  readonly port?: number;
}

/** Compares a packet as it came with the one that left; undefined if it left as it came, or is another one. */
export function rewritingOf(read: ReadPacket): Rewriting | undefined {
  const { came, left } = read;
  if (!came || !left || isAnswered(read) || read.packet.course === "error") return undefined;
  const outer = outerOf(read);
  if (outer) return { outer };
  const [before, after] = [endsOf(came), endsOf(left)];
  if (!before || !after) return undefined;
  const source = changeOf(before.source, after.source);
  const destination = changeOf(before.destination, after.destination);
  return source || destination
    ? { ...(source && { source }), ...(destination && { destination }) }
    : undefined;
}

function outerOf({ packet, came, left }: ReadPacket): Outer | undefined {
  if (packet.server?.method !== "tunnel" || packet.course !== "request") return undefined;
  const ip = left?.ipv4 ?? left?.ipv6;
  const inside = came?.ipv4 ?? came?.ipv6;
  if (!left || !ip || !inside || packet.left!.length <= packet.came.length) return undefined;
  const ends = { source: `${ip.source}`, destination: `${ip.destination}` };
  if (left.gre) return { kind: "gre", ...ends };
  if (left.inner) return { kind: "ipip", ...ends };
  const udp: DecodedUdp | undefined = left.udp;
  return udp && { kind: "gue", ...ends, port: udp.destinationPort };
}

/** A later fragment has no ports. */
function endsOf(network: Network): { source: Endpoint; destination: Endpoint } | undefined {
  const ip = network.ipv4 ?? network.ipv6;
  const ports = network.tcp ?? network.udp ?? network.sctp;
  return (
    ip && {
      source: { address: ip.source, port: ports?.sourcePort ?? 0 },
      destination: { address: ip.destination, port: ports?.destinationPort ?? 0 },
    }
  );
}

const changeOf = (from: Endpoint, to: Endpoint): Change | undefined =>
  endpointText(from) === endpointText(to) ? undefined : { from, to };
