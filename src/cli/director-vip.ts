import { RondoError } from "../errors.js";
import { openNetwork } from "../netlink/index.js";
import { AF_PACKET, close, packetAddress, SOCK_RAW, sendTo, socket } from "../sys/index.js";
import { ArpOperation, EtherType, encodeArp, encodeEthernet, IpAddress, MacAddress } from "../wire/index.js";
import { wholeNumber } from "./words.js";

/** `rondo director vip add|del …` */
export function vip(words: readonly string[]): number {
  const [action, text, ...rest] = words;
  const { dev, label } = options(rest);
  if ((action !== "add" && action !== "del") || text === undefined || dev === undefined)
    throw wrong("usage: rondo director vip add|del ADDRESS[/PREFIX] dev DEV [label LABEL]");
  const [addressText, givenPrefix] = text.split("/") as [string, string?];
  const address = IpAddress.parse(addressText);
  if (!address) throw wrong(`${addressText} is no IP address`);
  const prefixText = givenPrefix ?? String(address.bytes.length * 8);
  const prefix = wholeNumber(prefixText, 0, address.bytes.length * 8);
  if (prefix === undefined) throw wrong(`/${prefixText} is no prefix length for ${address}`);
  const network = openNetwork();
  try {
    const link = network.links.find(dev);
    if (!link) throw new RondoError("no-interface", `there is no interface ${dev}`);
    if (action === "del") {
      network.addresses.remove(link.index, { address, prefixLength: prefix });
      return 0;
    }
    network.addresses.add(link.index, {
      address,
      prefixLength: prefix,
      ...(label !== undefined && { label }),
    });
    if (address.family === 4 && link.mac) announce(link.index, link.mac, address);
    return 0;
  } finally {
    network.close();
  }
}

/** Tells the network where the address is now: a gratuitous ARP request and reply (RFC 5227, section 3). */
function announce(index: number, mac: MacAddress, address: IpAddress): void {
  const fd = socket(AF_PACKET, SOCK_RAW, 0);
  try {
    for (const operation of [ArpOperation.request, ArpOperation.reply]) {
      const arp = encodeArp({
        operation,
        senderMac: mac,
        senderIp: address,
        targetMac:
          operation === ArpOperation.request
            ? MacAddress.of("00:00:00:00:00:00")
            : MacAddress.of("ff:ff:ff:ff:ff:ff"),
        targetIp: address,
      });
      const frame = encodeEthernet({
        destination: MacAddress.of("ff:ff:ff:ff:ff:ff"),
        source: mac,
        type: EtherType.ARP,
        payload: arp,
      });
      sendTo(fd, frame, packetAddress(EtherType.ARP, index));
    }
  } finally {
    close(fd);
  }
}

function options(words: readonly string[]): { dev?: string; label?: string } {
  const found: { dev?: string; label?: string } = {};
  for (let i = 0; i < words.length; i += 2) {
    const name = words[i];
    const value = words[i + 1];
    if ((name !== "dev" && name !== "label") || value === undefined)
      throw wrong(`what is ${name}? dev DEV and label LABEL can follow the address`);
    found[name] = value;
  }
  return found;
}

const wrong = (message: string) => new RondoError("vip", message, { exitStatus: 2 });
