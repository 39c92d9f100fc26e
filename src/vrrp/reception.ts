import { type IpAddress, parseVrrp } from "../wire/index.js";
import { isMulticast, isUnicast } from "./check.js";
import type { VrrpMachine } from "./machine/index.js";
import type { RefusalReason } from "./types.js";

/** A packet of protocol 112 as a socket gave it. */
export interface ReceivedPacket {
  /** Of the socket: the interface that the file names (not the vmac on it). */
  readonly interface: string;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit, if the socket told. */
  readonly ttl?: number;
  /** What stands behind the IP header, as long as IP says it is. */
  readonly payload: Uint8Array;
}

const parseReasons = {
  short: "packetLengthErrors",
  length: "packetLengthErrors",
  version: "versionErrors",
  type: "invalidTypePackets",
  interval: "advertisementIntervalErrors",
  checksum: "checksumErrors",
} as const satisfies Record<string, RefusalReason>;

/** The virtual router id that a packet names, if it is long enough for one. */
export const idIn = ({ payload }: ReceivedPacket): number | undefined =>
  payload.length < 2 ? undefined : payload[1];

/** Whose packet it is: by interface, family, way and id; of several unicast ones with an id, the one whose peer sent it. */
export function addressee(packet: ReceivedPacket, machines: Iterable<VrrpMachine>): VrrpMachine | undefined {
  const { interface: name, source, destination } = packet;
  const id = idIn(packet);
  if (id === undefined) return undefined;
  const candidates = [...machines].filter(
    ({ settings, source: own }) =>
      settings.virtualRouterId === id &&
      settings.family === source.family &&
      (settings.interface === name || settings.interface === "") &&
      (!isUnicast(settings) || isMulticast(destination) || (own?.equals(destination) ?? true)),
  );
  const fitting = candidates.filter(({ settings }) => isUnicast(settings) !== isMulticast(destination));
  const ofPeer = fitting.find(({ settings }) =>
    settings.unicastPeers.some(({ address }) => address.equals(source)),
  );
  return ofPeer ?? fitting[0] ?? candidates[0];
}

/** Reads a packet and has its machine hear it, or count why it can't be read. */
export function deliver(packet: ReceivedPacket, machine: VrrpMachine, now: number): void {
  const { source, destination, payload, ttl } = packet;
  const group = machine.multicastGroup;
  const parsed = parseVrrp(payload, { source, destination, ...(group.family === 4 && { group }) });
  if (parsed.ok) {
    const { advertisement, checksum } = parsed;
    machine.heard({ advertisement, checksum, source, destination, ...(ttl !== undefined && { ttl }) }, now);
  } else if (machine.state === "BACKUP" || machine.state === "MASTER")
    machine.refuse({ reason: parseReasons[parsed.fault], text: parsed.text }, { source }, now);
}
