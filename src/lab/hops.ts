import { decodePacket, equalBytes, flagText, type IpAddress, type Packet } from "../wire/index.js";
import { type Segment, segmentOf, type Tunnel } from "./segment.js";

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
  /** "192.168.4.10:40312"; of the client's own packet, where that is in a tunnel's. */
  readonly source: string;
  readonly destination: string;
  /** The tunnel's packet that it is in. */
  readonly tunnel?: Tunnel;
  /** What the packet is: "SYN", "SYN, ACK", "GET / HTTP/1.1", "200 OK", "ACK", "FIN, ACK" … */
  readonly packet: string;
  /**
   * What the host in between has changed in the frame since the hop before: "source MAC", "destination MAC", "TTL",
   * "source address", "destination port", "outer header" …; absent where the packet is not the one of an earlier hop.
   */
  readonly changed?: readonly string[];
  /** Which ends were changed, and what they were: NAT's one, in each direction. */
  readonly was?: { readonly source?: string; readonly destination?: string };
}

/** Resolves a port of the switch to the host that is plugged in. */
type HostAtPort = (port: string) => string;

/** The way of a connection's packets, hop by hop, in the order in which they were seen. */
export function hopsOf(frames: readonly CapturedFrame[], ends: Ends, hostAt: HostAtPort): Hop[] {
  const crossings = crossingsOf(frames, hostAt).filter(({ segment }) => belongs(segment, ends));
  const start = crossings[0]?.at ?? 0;
  const seen: Crossing[] = [];
  return crossings.map((crossing) => {
    const { ethernet, segment, at, from, to } = crossing;
    // By its host, not its port: what comes in by one of a director's interfaces may leave by another.
    const before = seen.findLast((earlier) => isSamePacket(earlier.segment, segment) && earlier.to === from);
    seen.push(crossing);
    return {
      after: Math.round(at - start),
      from,
      to,
      sourceMac: ethernet.source.toString(),
      destinationMac: ethernet.destination.toString(),
      source: sourceOf(segment),
      destination: destinationOf(segment),
      ...(segment.tunnel ? { tunnel: segment.tunnel } : {}),
      packet: nameOf(segment),
      ...(before ? changesBetween(before, crossing) : {}),
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
    const segment = packet && segmentOf(packet);
    if (!segment || segment.tunnel || !segment.tcp.flags.syn || segment.tcp.flags.ack) continue;
    const { ip, tcp } = segment;
    const asked = ip.destination.toString() === virtual.address && tcp.destinationPort === virtual.port;
    if (asked && ip.source.toString() === from)
      return { client: { address: from, port: tcp.sourcePort }, virtual };
  }
  return undefined;
}

interface Crossing {
  readonly at: number;
  /** Hosts. */
  readonly from: string;
  readonly to: string;
  readonly ethernet: Packet["ethernet"];
  readonly segment: Segment;
}

/** Pairs each frame that came out of a port with the latest equal one that went in by another. */
function crossingsOf(frames: readonly CapturedFrame[], hostAt: HostAtPort): Crossing[] {
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
    const segment = packet && segmentOf(packet);
    if (!origin || !segment) continue;
    const { ethernet } = packet;
    crossings.push({
      at: origin.at,
      from: hostAt(origin.port),
      to: hostAt(frame.port),
      ethernet,
      segment,
    });
  }
  return crossings;
}

/** Of this connection: between client and VIP either way, or rewritten on the way (NAT) with the client's end left. */
function belongs({ ip, tcp }: Segment, { client }: Ends): boolean {
  const isClient = (address: IpAddress, port: number) =>
    address.toString() === client.address && port === client.port;
  return isClient(ip.source, tcp.sourcePort) || isClient(ip.destination, tcp.destinationPort);
}

/** Whether both carry the same bytes of TCP's stream: what a director on the way leaves as it is. */
function isSamePacket(a: Segment, b: Segment): boolean {
  return (
    a.tcp.sequence === b.tcp.sequence &&
    a.tcp.acknowledgement === b.tcp.acknowledgement &&
    flagText(a.tcp) === flagText(b.tcp) &&
    equalBytes(a.tcp.payload, b.tcp.payload) &&
    identificationOf(a) === identificationOf(b)
  );
}

const identificationOf = ({ ip }: Segment) => ("identification" in ip ? ip.identification : undefined);

const endpoint = (address: IpAddress, port: number) =>
  address.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
const sourceOf = ({ ip, tcp }: Segment) => endpoint(ip.source, tcp.sourcePort);
const destinationOf = ({ ip, tcp }: Segment) => endpoint(ip.destination, tcp.destinationPort);

const compared: readonly (readonly [string, (segment: Segment) => string | number])[] = [
  ["source address", ({ ip }) => ip.source.toString()],
  ["destination address", ({ ip }) => ip.destination.toString()],
  ["TTL", ({ ip }) => ("ttl" in ip ? ip.ttl : ip.hopLimit)],
  ["TOS", ({ ip }) => ip.dscp * 4 + ip.ecn],
  ["source port", ({ tcp }) => tcp.sourcePort],
  ["destination port", ({ tcp }) => tcp.destinationPort],
];

function changesBetween(before: Crossing, after: Crossing): Pick<Hop, "changed" | "was"> {
  const fields = compared.filter(([, of]) => of(before.segment) !== of(after.segment)).map(([name]) => name);
  const source = sourceOf(before.segment);
  const destination = destinationOf(before.segment);
  const was = {
    ...(source === sourceOf(after.segment) ? {} : { source }),
    ...(destination === destinationOf(after.segment) ? {} : { destination }),
  };
  return {
    changed: [
      ...(before.ethernet.source.equals(after.ethernet.source) ? [] : ["source MAC"]),
      ...(before.ethernet.destination.equals(after.ethernet.destination) ? [] : ["destination MAC"]),
      ...fields,
      ...(after.segment.tunnel && !before.segment.tunnel ? ["outer header"] : []),
    ],
    ...(Object.keys(was).length > 0 ? { was } : {}),
  };
}

const shownFlags = ["syn", "fin", "rst", "ack"] as const;

/** HTTP's first line if it has one, else the flags that matter. */
function nameOf({ tcp }: Segment): string {
  const text = String.fromCharCode(...tcp.payload.subarray(0, 100));
  const request = /^[A-Z]{3,10} \S+ HTTP\/1\.[01](?=\r\n)/.exec(text);
  if (request) return request[0];
  const response = /^HTTP\/1\.[01] (\d{3}[^\r\n]*)\r\n/.exec(text);
  if (response) return response[1]!;
  if (tcp.payload.length > 0) return `${tcp.payload.length} bytes`;
  return (
    shownFlags
      .filter((flag) => tcp.flags[flag])
      .map((flag) => flag.toUpperCase())
      .join(", ") || "no flags"
  );
}
