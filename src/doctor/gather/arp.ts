import { setTimeout as sleep } from "node:timers/promises";
import { NetlinkError, type Network } from "../../netlink/index.js";
import {
  AF_PACKET,
  bind,
  close,
  packetAddress,
  receive,
  SOCK_NONBLOCK,
  SOCK_RAW,
  sendTo,
  socket,
} from "../../sys/index.js";
import { ArpOperation, decodeArp, EtherType, encodeArp, IpAddress, MacAddress } from "../../wire/index.js";
import type { ArpFacts, LinkFacts, NeighbourFacts } from "../facts.js";

/** How often a question is sent: one packet may be lost. */
const times = 2;
/** Milliseconds between two looks at what came. */
const pause = 10;

/**
 * Asks on the wire who has these IPv4 addresses, by every one of these links, and listens to answers for `patience`
 * milliseconds. It asks as who has no address yet (an ARP probe, RFC 5227): that changes nobody's neighbours but this host's own,
 * see {@link forgetHeard}. Needs root (CAP_NET_RAW).
 */
export async function askArp(
  links: readonly LinkFacts[],
  addresses: readonly string[],
  patience: number,
): Promise<ArpFacts[]> {
  const asked = addresses.map((text) => IpAddress.of(text)).filter(({ family }) => family === 4);
  const devices = asked.length === 0 ? [] : links.filter(canAsk);
  const opened: { link: LinkFacts; fd: number }[] = [];
  try {
    for (const link of devices) {
      const fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
      opened.push({ link, fd });
      bind(fd, packetAddress(EtherType.ARP, link.index));
    }
    const heard = new Map<string, Set<string>>();
    const end = performance.now() + patience;
    for (let sent = 0; opened.length > 0; ) {
      if (sent < times && performance.now() >= end - patience + (sent * patience) / times) {
        for (const { link, fd } of opened) for (const address of asked) ask(fd, link, address);
        sent++;
      }
      for (const { link, fd } of opened) hear(fd, link, heard);
      if (performance.now() >= end) break;
      await sleep(pause);
    }
    return opened.flatMap(({ link }) =>
      asked.map((address) => ({
        address: address.toString(),
        link: link.name,
        macs: [...(heard.get(`${link.name} ${address}`) ?? [])].sort(),
      })),
    );
  } finally {
    for (const { fd } of opened) close(fd);
  }
}

/**
 * The kernel takes answers to our questions for news, too: a neighbour that has another MAC address than before was given it by
 * whoever answered first. Such an entry is forgotten, so that the next packet asks anew.
 */
export function forgetHeard(
  network: Network,
  heard: readonly ArpFacts[],
  before: readonly NeighbourFacts[],
  now: readonly NeighbourFacts[],
): void {
  const macOf = (all: readonly NeighbourFacts[], link: string, address: string) =>
    all.find((each) => each.link === link && each.address === address)?.mac;
  for (const { link, address } of heard) {
    const old = macOf(before, link, address);
    if (old === undefined || macOf(now, link, address) === old) continue;
    try {
      network.neighbours.remove(link, IpAddress.of(address));
    } catch (error) {
      if (!NetlinkError.is(error, "ENOENT")) throw error;
    }
  }
}

const canAsk = ({ ethernet: isEthernet, up, carrier, port, loopback, mac }: LinkFacts) =>
  isEthernet && up && carrier && !port && !loopback && mac !== undefined;

function ask(fd: number, link: LinkFacts, address: IpAddress): void {
  const own = MacAddress.of(link.mac!);
  const question = encodeArp({
    operation: ArpOperation.request,
    senderMac: own,
    senderIp: IpAddress.of("0.0.0.0"),
    targetMac: MacAddress.zero,
    targetIp: address,
  });
  const head = new Uint8Array([...MacAddress.broadcast.bytes, ...own.bytes, 0x08, 0x06]);
  // The shortest frame of Ethernet has 60 bytes without its check sum.
  const frame = new Uint8Array(60);
  frame.set(head);
  frame.set(question, head.length);
  sendTo(fd, frame);
}

function hear(fd: number, link: LinkFacts, heard: Map<string, Set<string>>): void {
  const frame = new Uint8Array(128);
  for (let length = receive(fd, frame); length !== undefined; length = receive(fd, frame)) {
    const arp = decodeArp(frame.subarray(14, length));
    if (!arp || arp.operation !== ArpOperation.reply) continue;
    const mac = arp.senderMac.toString();
    if (mac === link.mac) continue;
    const key = `${link.name} ${arp.senderIp}`;
    if (!heard.has(key)) heard.set(key, new Set());
    heard.get(key)!.add(mac);
  }
}
