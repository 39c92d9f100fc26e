import { IpAddress } from "./address.js";
import { ArpOperation, encodeArp } from "./arp.js";
import { EtherType, encodeEthernet } from "./ethernet.js";
import { encodeIcmp, IcmpType } from "./icmp.js";
import { encodeIpv4, IpProtocol } from "./ipv4.js";
import { MacAddress } from "./mac.js";
import { encodeTcp, flagBits, flagsOf, type TcpFlags } from "./tcp.js";
import type { TcpOption } from "./tcp-options.js";
import { encodeUdp } from "./udp.js";

/** An address as a value or as text. */
export type Mac = MacAddress | string;
export type Ip = IpAddress | string;

const mac = (value: Mac) => (typeof value === "string" ? MacAddress.of(value) : value);
const ip = (value: Ip) => (typeof value === "string" ? IpAddress.of(value) : value);
const none = new Uint8Array();

export interface EthernetOptions {
  readonly source?: Mac;
  readonly destination?: Mac;
  readonly vlan?: number;
}

export interface Ipv4Options {
  readonly source: Ip;
  readonly destination: Ip;
  readonly ttl?: number;
  readonly dscp?: number;
  readonly ecn?: number;
  readonly identification?: number;
  readonly dontFragment?: boolean;
  readonly moreFragments?: boolean;
  readonly fragmentOffset?: number;
  readonly options?: Uint8Array;
  /** Only where no transport layer follows that tells it. */
  readonly protocol?: number;
}

export interface TcpFields extends Partial<TcpFlags> {
  readonly source: number;
  readonly destination: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly window?: number;
  readonly urgentPointer?: number;
  readonly options?: readonly TcpOption[];
}

/**
 * Builds a frame layer by layer, from left to right as it stands on the wire:
 *
 *     ethernet({ source: client, destination: director })
 *       .ipv4({ source: "192.168.4.10", destination: "192.168.4.15" })
 *       .tcp({ source: 40312, destination: 80, syn: true })
 *       .bytes()
 *
 * Lengths and checksums are right; a test that wants them wrong changes the bytes. MACs that are not given are zero.
 * @throws RangeError for texts that are no addresses, and what does not fit.
 */
export function ethernet(options: EthernetOptions = {}): EthernetBuilder {
  return new EthernetBuilder(options);
}

/** Something that becomes bytes once it knows what it carries. */
class Layer {
  readonly #encode: (payload: Uint8Array) => Uint8Array;

  constructor(encode: (payload: Uint8Array) => Uint8Array) {
    this.#encode = encode;
  }

  /** The whole frame, with this as what the innermost layer carries. */
  payload(payload: Uint8Array | string): Uint8Array {
    return this.#encode(typeof payload === "string" ? Uint8Array.from(Buffer.from(payload)) : payload);
  }

  /** The whole frame, with nothing more in it. */
  bytes(): Uint8Array {
    return this.#encode(none);
  }
}

export class EthernetBuilder {
  readonly #options: EthernetOptions;

  constructor(options: EthernetOptions) {
    this.#options = options;
  }

  ipv4(options: Ipv4Options): Ipv4Builder {
    return new Ipv4Builder(options, (packet) => this.other(EtherType.IPv4).payload(packet));
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
      senderIp: ip(senderIp),
      targetMac: mac(targetMac),
      targetIp: ip(targetIp),
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

export class Ipv4Builder extends Layer {
  readonly #wrap: (protocol: number, payload: Uint8Array) => Uint8Array;
  readonly #source: IpAddress;
  readonly #destination: IpAddress;

  constructor(options: Ipv4Options, outer: (packet: Uint8Array) => Uint8Array) {
    const source = ip(options.source);
    const destination = ip(options.destination);
    const wrap = (protocol: number, payload: Uint8Array) =>
      outer(
        encodeIpv4({
          dscp: 0,
          ecn: 0,
          identification: 0,
          dontFragment: false,
          moreFragments: false,
          fragmentOffset: 0,
          ttl: 64,
          options: none,
          ...options,
          protocol,
          source,
          destination,
          payload,
        }),
      );
    super((payload) => wrap(options.protocol ?? 255, payload));
    this.#wrap = wrap;
    this.#source = source;
    this.#destination = destination;
  }

  tcp(fields: TcpFields): Layer {
    return new Layer((payload) =>
      this.#wrap(
        IpProtocol.TCP,
        encodeTcp(
          {
            sourcePort: fields.source,
            destinationPort: fields.destination,
            sequence: fields.sequence ?? 0,
            acknowledgement: fields.acknowledgement ?? 0,
            flags: flagsOf(flagBits(fields)),
            window: fields.window ?? 65535,
            urgentPointer: fields.urgentPointer ?? 0,
            options: fields.options ?? [],
            payload,
          },
          this.#source,
          this.#destination,
        ),
      ),
    );
  }

  udp(fields: { source: number; destination: number }): Layer {
    const { source: sourcePort, destination: destinationPort } = fields;
    return new Layer((payload) =>
      this.#wrap(
        IpProtocol.UDP,
        encodeUdp({ sourcePort, destinationPort, payload }, this.#source, this.#destination),
      ),
    );
  }

  icmp(fields: { type: number; code?: number; rest?: number }): Layer {
    const { type, code = 0, rest = 0 } = fields;
    return new Layer((payload) => this.#wrap(IpProtocol.ICMP, encodeIcmp({ type, code, rest, payload })));
  }

  echo(fields: { identifier: number; sequence: number; reply?: boolean }): Layer {
    const type = fields.reply ? IcmpType.echoReply : IcmpType.echoRequest;
    return this.icmp({ type, rest: fields.identifier * 0x10000 + fields.sequence });
  }

  /** An IPv4 packet within this one (RFC 2003). */
  ipip(options: Ipv4Options): Ipv4Builder {
    return new Ipv4Builder(options, (packet) => this.#wrap(IpProtocol.IPIP, packet));
  }
}
