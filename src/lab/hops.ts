import { type DecodedIpv4, decodePacket, equalBytes, flagText, type Packet } from "../wire/index.js";

/** A frame as a capture at the switch saw it. */
export interface CapturedFrame {
  /** Microseconds since 1970, when it was read from the capture's queue. */
  readonly at: number;
  /** The switch's port. */
  readonly port: string;
  /** "in": from the host into the switch; "out": to the host. */
  readonly direction: "in" | "out";
  readonly bytes: Uint8Array;
}

/** The connection whose way is wanted: its ends as the client sees them. */
export interface Ends {
  readonly client: { readonly address: string; readonly port: number };
  readonly virtual: { readonly address: string; readonly port: number };
}

/** One crossing of the switch, from a host to a host. */
export interface Hop {
  /** Microseconds since the connection's first frame. */
  readonly after: number;
  readonly from: string;
  readonly to: string;
  readonly sourceMac: string;
  readonly destinationMac: string;
  /** "192.168.4.10:40312" */
  readonly source: string;
  readonly destination: string;
  /** What the packet is: "SYN", "SYN, ACK", "GET / HTTP/1.1", "200 OK", "ACK", "FIN, ACK" … */
  readonly packet: string;
  /**
   * What the host in between has changed in the frame since the hop before: "source MAC", "destination MAC", "TTL",
   * "source address" …; absent where the packet is not the one of an earlier hop.
   */
  readonly changed?: readonly string[];
}

/** Resolves a port of the switch to the host that is plugged in. */
type HostAtPort = (port: string) => string;

/** The way of a connection's packets, hop by hop, in the order in which they were seen. */
export function hopsOf(frames: readonly CapturedFrame[], ends: Ends, hostAt: HostAtPort): Hop[] {
  const crossings = crossingsOf(frames).filter(({ packet }) => belongs(packet, ends));
  const start = crossings[0]?.at ?? 0;
  const seen: Crossing[] = [];
  return crossings.map((crossing) => {
    const { packet, at, from, to } = crossing;
    const ip = packet.ipv4!;
    const tcp = packet.tcp!;
    const before = seen.findLast((earlier) => isSamePacket(earlier.packet, packet) && earlier.to === from);
    seen.push(crossing);
    return {
      after: Math.round(at - start),
      from: hostAt(from),
      to: hostAt(to),
      sourceMac: packet.ethernet.source.toString(),
      destinationMac: packet.ethernet.destination.toString(),
      source: `${ip.source}:${tcp.sourcePort}`,
      destination: `${ip.destination}:${tcp.destinationPort}`,
      packet: nameOf(packet),
      ...(before ? { changed: changesBetween(before.packet, packet) } : {}),
    };
  });
}

/** The ends of the first connection that an address began to another one: its SYN is the first of all frames it is in. */
export function firstConnection(
  frames: readonly CapturedFrame[],
  from: string,
  virtual: Ends["virtual"],
): Ends | undefined {
  for (const { bytes } of frames) {
    const packet = decodePacket(bytes);
    if (!packet?.ipv4 || !packet.tcp?.flags.syn || packet.tcp.flags.ack) continue;
    const { ipv4, tcp } = packet;
    const asked = ipv4.destination.toString() === virtual.address && tcp.destinationPort === virtual.port;
    if (asked && ipv4.source.toString() === from)
      return { client: { address: from, port: tcp.sourcePort }, virtual };
  }
  return undefined;
}

interface Crossing {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly packet: Packet;
}

/** Pairs each frame that came out of a port with the latest equal one that went in by another. */
function crossingsOf(frames: readonly CapturedFrame[]): Crossing[] {
  const arrived: CapturedFrame[] = [];
  const crossings: Crossing[] = [];
  for (const frame of frames) {
    if (frame.direction === "in") {
      arrived.push(frame);
      continue;
    }
    const origin = arrived.findLast(
      (other) => other.port !== frame.port && equalBytes(other.bytes, frame.bytes),
    );
    const packet = decodePacket(frame.bytes);
    if (origin && packet) crossings.push({ at: origin.at, from: origin.port, to: frame.port, packet });
  }
  return crossings;
}

/** Of this connection: between client and VIP either way, or rewritten on the way (NAT) with the client's end left. */
function belongs({ ipv4, tcp }: Packet, { client, virtual }: Ends): boolean {
  if (!ipv4 || !tcp) return false;
  const source = { address: ipv4.source.toString(), port: tcp.sourcePort };
  const destination = { address: ipv4.destination.toString(), port: tcp.destinationPort };
  const is = (a: typeof source, b: typeof source) => a.address === b.address && a.port === b.port;
  return is(source, client) || is(destination, client) || (is(source, virtual) && is(destination, client));
}

/** Whether both carry the same bytes of TCP's stream: what a director on the way leaves as it is. */
function isSamePacket(a: Packet, b: Packet): boolean {
  return (
    a.tcp!.sequence === b.tcp!.sequence &&
    a.tcp!.acknowledgement === b.tcp!.acknowledgement &&
    flagText(a.tcp!) === flagText(b.tcp!) &&
    equalBytes(a.tcp!.payload, b.tcp!.payload) &&
    a.ipv4!.identification === b.ipv4!.identification
  );
}

function changesBetween(before: Packet, after: Packet): string[] {
  const ips: readonly (readonly [string, (ip: DecodedIpv4) => string | number])[] = [
    ["source address", (ip) => ip.source.toString()],
    ["destination address", (ip) => ip.destination.toString()],
    ["TTL", (ip) => ip.ttl],
    ["TOS", (ip) => ip.dscp * 4 + ip.ecn],
  ];
  return [
    ...(before.ethernet.source.equals(after.ethernet.source) ? [] : ["source MAC"]),
    ...(before.ethernet.destination.equals(after.ethernet.destination) ? [] : ["destination MAC"]),
    ...ips.filter(([, of]) => of(before.ipv4!) !== of(after.ipv4!)).map(([name]) => name),
    ...(before.tcp!.sourcePort === after.tcp!.sourcePort ? [] : ["source port"]),
    ...(before.tcp!.destinationPort === after.tcp!.destinationPort ? [] : ["destination port"]),
  ];
}

const shownFlags = ["syn", "fin", "rst", "ack"] as const;

/** HTTP's first line if it has one, else the flags that matter. */
function nameOf({ tcp }: Packet): string {
  const text = String.fromCharCode(...tcp!.payload.subarray(0, 100));
  const request = /^[A-Z]{3,10} \S+ HTTP\/1\.[01](?=\r\n)/.exec(text);
  if (request) return request[0];
  const response = /^HTTP\/1\.[01] (\d{3}[^\r\n]*)\r\n/.exec(text);
  if (response) return response[1]!;
  if (tcp!.payload.length > 0) return `${tcp!.payload.length} bytes`;
  return (
    shownFlags
      .filter((flag) => tcp!.flags[flag])
      .map((flag) => flag.toUpperCase())
      .join(", ") || "no flags"
  );
}
