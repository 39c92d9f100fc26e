import { ArpOperation, encodeArp } from "./arp.js";
import { EtherType, encodeEthernet } from "./ethernet.js";
import { Ipv4Builder, type Ipv4Options, Ipv6Builder, type Ipv6Options } from "./ip-builder.js";
import { type Ip, ipOf, Layer } from "./layer.js";
import { MacAddress } from "./mac.js";

/** An address as a value or as text. */
export type Mac = MacAddress | string;

const mac = (value: Mac) => (typeof value === "string" ? MacAddress.of(value) : value);

export interface EthernetOptions {
  readonly source?: Mac;
  readonly destination?: Mac;
  readonly vlan?: number;
}

/**
 * Builds a frame layer by layer, from left to right as it stands on the wire:
 *
 *     ethernet({ source: client, destination: director })
 *       .ipv4({ source: "192.168.4.10", destination: "192.168.4.15" })
 *       .tcp({ source: 40312, destination: 80, syn: true })
 *       .bytes()
 *
 * Packets within packets go on likewise: `.ipip({…}).tcp({…})`, `.gre().ipv6({…}).udp({…})`, `.gue({…}).ipv4({…}).sctp({…})`; an ICMP
 * error quotes one without a frame: `.icmp({ type: 3, code: 4, rest: mtu }).payload(ipv4({…}).udp({…}).bytes())`.
 * Lengths and checksums are right; a test that wants them wrong changes the bytes. MACs that are not given are zero.
 * @throws RangeError for texts that are no addresses, and what does not fit.
 */
export function ethernet(options: EthernetOptions = {}): EthernetBuilder {
  return new EthernetBuilder(options);
}

export class EthernetBuilder {
  readonly #options: EthernetOptions;

  constructor(options: EthernetOptions) {
    this.#options = options;
  }

  ipv4(options: Ipv4Options): Ipv4Builder {
    return new Ipv4Builder(options, (packet) => this.other(EtherType.IPv4).payload(packet));
  }

  ipv6(options: Ipv6Options): Ipv6Builder {
    return new Ipv6Builder(options, (packet) => this.other(EtherType.IPv6).payload(packet));
  }

  /** The frame of a request: sent to all, unless the frame names a destination. */
  arpRequest(fields: { senderIp: Ip; targetIp: Ip; targetMac?: Mac }): Uint8Array {
    return this.#arp(ArpOperation.request, { targetMac: MacAddress.zero, ...fields }, MacAddress.broadcast);
  }

  arpReply(fields: { senderIp: Ip; targetIp: Ip; targetMac: Mac }): Uint8Array {
    return this.#arp(ArpOperation.reply, fields, mac(fields.targetMac));
  }

  #arp(
    operation: number,
    fields: { senderIp: Ip; targetIp: Ip; targetMac: Mac },
    to: MacAddress,
  ): Uint8Array {
    const senderMac = mac(this.#options.source ?? MacAddress.zero);
    const { senderIp, targetIp, targetMac } = fields;
    const arp = {
      operation,
      senderMac,
      senderIp: ipOf(senderIp),
      targetMac: mac(targetMac),
      targetIp: ipOf(targetIp),
    };
    return new EthernetBuilder({ destination: to, ...this.#options })
      .other(EtherType.ARP)
      .payload(encodeArp(arp));
  }

  /** Anything else, by its EtherType. */
  other(type: number): Layer {
    const { source, destination, vlan } = this.#options;
    return new Layer((payload) =>
      encodeEthernet({
        destination: mac(destination ?? MacAddress.zero),
        source: mac(source ?? MacAddress.zero),
        ...(vlan === undefined ? {} : { tag: { priority: 0, dropEligible: false, vlan } }),
        type,
        payload,
      }),
    );
  }
}
