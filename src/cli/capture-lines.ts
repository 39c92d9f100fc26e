import type { CapturedPacket, CapturedServer } from "../dataplane/xdp/index.js";
import { endpointText, serviceIdText } from "../ipvs/model.js";
import { describe } from "../wire/describe.js";
import { decodePacket, type Packet } from "../wire/packet.js";

/** A network device as far as a capture tells of it. */
export interface Device {
  readonly index: number;
  readonly name: string;
  /** As text. */
  readonly mac?: string;
}

/** A packet and what was read of it. */
export interface ReadPacket {
  readonly packet: CapturedPacket;
  readonly came: Packet | undefined;
  readonly left: Packet | undefined;
}

export const readPacket = (packet: CapturedPacket): ReadPacket => ({
  packet,
  came: decodePacket(packet.came.bytes),
  left: packet.left && decodePacket(packet.left.bytes),
});

/** Whether what left was made by the director: an ICMP message about what came. */
export const isAnswered = ({ came, left }: ReadPacket): boolean => !!left?.icmp && !came?.icmp;

/** "to 192.168.4.100:80 (Route)", "dropped: no_route", "answered: no_server", "to the host: 192.168.4.15:80 is local" … */
export function verdictText(
  read: ReadPacket,
  nameOf: (server: CapturedServer) => string = serverText,
): string {
  const { server, fate, reason, course } = read.packet;
  const why = reason ? `: ${reason}` : "";
  if (fate === "dropped") return `dropped${why}`;
  if (fate === "passed") return `to the host${server ? `: ${nameOf(server)} (${methodText(server)})` : why}`;
  if (isAnswered(read)) return `answered${why}`;
  if (course === "error") return "follows its connection";
  if (!server) return "sent";
  return course === "reply"
    ? `to the client, from ${nameOf(server)} (${methodText(server)})`
    : `to ${nameOf(server)} (${methodText(server)})`;
}

const serverText = ({ address, port }: CapturedServer): string =>
  port === 0 ? `${address}` : endpointText({ address, port });
const methods = { masq: "Masq", droute: "Route", tunnel: "Tunnel", local: "Local" } as const;
export const methodText = ({ method }: CapturedServer): string => methods[method];

/**
 * The device that a packet left by, which the packet program doesn't tell: its server's; for what goes to a client the one whose
 * MAC address it has as its source.
 */
export function leftBy(read: ReadPacket, devices: readonly Device[]): Device | undefined {
  const { server, course, device } = read.packet;
  if (server && course === "request" && !isAnswered(read))
    return devices.find(({ index }) => index === server.device);
  const source = read.left?.ethernet.source.toString();
  const same = devices.filter(({ mac }) => mac !== undefined && mac === source);
  return same.find(({ index }) => index === device) ?? same[0];
}

/** "10:15:01.123456", in this host's time. */
export function timeText(at: bigint): string {
  const date = new Date(Number(at / 1_000_000n));
  const two = (number: number) => `${number}`.padStart(2, "0");
  const microseconds = `${(at / 1000n) % 1_000_000n}`.padStart(6, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${microseconds}`;
}

/** The line of a packet as it came. */
export function cameLine(read: ReadPacket, device: string): string {
  return `${timeText(read.packet.at)} ${device} in  ${textOf(read.came)} | ${verdictText(read)}`;
}

/** The line of a packet as it left. */
export function leftLine(read: ReadPacket, device: string): string {
  const { ethernet } = read.left ?? {};
  const macs = ethernet ? `${ethernet.source} > ${ethernet.destination}` : "";
  return `${timeText(read.packet.at)} ${device} out ${textOf(read.left)} | ${macs}`;
}

export const textOf = (packet: Packet | undefined): string => (packet ? describe(packet) : "[|ether]");

/** A packet as one line of JSON. */
export function packetJson(read: ReadPacket, came: string, left: string): string {
  return JSON.stringify(packetObject(read, came, left));
}

/** A packet as JSON has it. */
export function packetObject(read: ReadPacket, came: string, left: string) {
  const { packet } = read;
  const { at, course, fate, reason, server } = packet;
  const milliseconds = new Date(Number(at / 1_000_000n)).toISOString().slice(0, -1);
  return {
    at: `${milliseconds}${`${at % 1_000_000n}`.padStart(6, "0")}Z`,
    course,
    fate: fate === "sent" && isAnswered(read) ? "answered" : fate,
    ...(reason && { reason }),
    ...(server && {
      server: {
        address: `${server.address}`,
        port: server.port,
        method: server.method,
        service: serviceIdText(server.service),
      },
    }),
    in: { device: came, length: packet.came.length, packet: textOf(read.came) },
    ...(packet.left && {
      out: {
        device: left,
        length: packet.left.length,
        packet: textOf(read.left),
        ...(read.left && {
          source: `${read.left.ethernet.source}`,
          destination: `${read.left.ethernet.destination}`,
        }),
      },
    }),
  };
}
