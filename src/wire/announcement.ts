import { IpAddress } from "./address.js";
import { ArpOperation, encodeArp } from "./arp.js";
import { concat } from "./bytes.js";
import { EtherType, encodeEthernet } from "./ethernet.js";
import { encodeIcmpv6, Icmpv6Type } from "./icmpv6.js";
import { IpProtocol } from "./ipv4.js";
import { encodeIpv6 } from "./ipv6.js";
import { MacAddress } from "./mac.js";

const allNodes = IpAddress.of("ff02::1");
/** RFC 2464 7. */
const allNodesMac = MacAddress.of("33:33:00:00:00:01");
const hopLimit = 255;
const flags = { router: 0x8000_0000, override: 0x2000_0000 };

/** A gratuitous ARP (RFC 5227 3): a request for the address by itself; the target's MAC is all ones, as keepalived sends it. */
export function gratuitousArp(address: IpAddress, mac: MacAddress): Uint8Array {
  return encodeEthernet({
    destination: MacAddress.broadcast,
    source: mac,
    type: EtherType.ARP,
    payload: encodeArp({
      operation: ArpOperation.request,
      senderMac: mac,
      senderIp: address,
      targetMac: MacAddress.broadcast,
      targetIp: address,
    }),
  });
}

/**
 * An unsolicited neighbour advertisement (RFC 4861 4.4, 7.2.6) to all nodes, from the address itself.
 *
 *     type 136, code 0, checksum | R S O, 29 bits 0 | target, 16 bytes | option: 2, 1, MAC
 */
export function unsolicitedAdvertisement(address: IpAddress, mac: MacAddress, router: boolean): Uint8Array {
  const message = encodeIcmpv6(
    {
      type: Icmpv6Type.neighbourAdvertisement,
      code: 0,
      rest: (flags.override | (router ? flags.router : 0)) >>> 0,
      payload: concat(address.bytes, Uint8Array.of(2, 1), mac.bytes),
    },
    address,
    allNodes,
  );
  return encodeEthernet({
    destination: allNodesMac,
    source: mac,
    type: EtherType.IPv6,
    payload: encodeIpv6({
      dscp: 0,
      ecn: 0,
      flowLabel: 0,
      hopLimit,
      protocol: IpProtocol.ICMPV6,
      source: address,
      destination: allNodes,
      extensions: [],
      payload: message,
    }),
  });
}
