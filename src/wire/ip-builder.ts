import type { IpAddress } from "./address.js";
import { EtherType } from "./ethernet.js";
import { encodeGre } from "./gre.js";
import { encodeGue } from "./gue.js";
import { encodeIcmp, IcmpType } from "./icmp.js";
import { encodeIcmpv6, Icmpv6Type } from "./icmpv6.js";
import { encodeIpv4, IpProtocol } from "./ipv4.js";
import { encodeIpv6, type Ipv6Extension } from "./ipv6.js";
import { type Ip, ipOf, Layer, nothing } from "./layer.js";
import { encodeSctp, type SctpChunkName, SctpChunkType } from "./sctp.js";
import { defaultChunkValue } from "./sctp-values.js";
import { encodeTcp, flagBits, flagsOf, type TcpFlags } from "./tcp.js";
import type { TcpOption } from "./tcp-options.js";
import { encodeUdp } from "./udp.js";

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

export interface Ipv6Options {
  readonly source: Ip;
  readonly destination: Ip;
  readonly hopLimit?: number;
  readonly dscp?: number;
  readonly ecn?: number;
  readonly flowLabel?: number;
  readonly extensions?: readonly Ipv6Extension[];
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

export interface UdpFields {
  readonly source: number;
  readonly destination: number;
  /** false: the checksum is 0. */
  readonly checksum?: boolean;
}

export interface SctpFields {
  readonly source: number;
  readonly destination: number;
  readonly tag?: number;
  /** Without a value the fixed part of the chunk follows, of zeros but for sensible windows and streams. A payload becomes one more DATA chunk. */
  readonly chunks?: readonly (SctpChunkName | SctpChunkFields)[];
}

export interface SctpChunkFields {
  readonly type: SctpChunkName | number;
  readonly flags?: number;
  readonly value?: Uint8Array;
}

/** What an IP packet can carry, of either family. {@link Ipv4Builder}, {@link Ipv6Builder} */
export abstract class IpBuilder extends Layer {
  readonly #wrap: (protocol: number, payload: Uint8Array) => Uint8Array;
  readonly #source: IpAddress;
  readonly #destination: IpAddress;

  protected constructor(
    source: IpAddress,
    destination: IpAddress,
    protocol: number,
    wrap: (protocol: number, payload: Uint8Array) => Uint8Array,
  ) {
    super((payload) => wrap(protocol, payload));
    this.#wrap = wrap;
    this.#source = source;
    this.#destination = destination;
  }

  tcp(fields: TcpFields): Layer {
    return this.#layer(IpProtocol.TCP, (payload) =>
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
    );
  }

  udp(fields: UdpFields): Layer {
    return this.#layer(IpProtocol.UDP, (payload) => this.#udp(fields, payload));
  }

  sctp(fields: SctpFields): Layer {
    const chunks = (fields.chunks ?? []).map((chunk) => {
      const { type, flags = 0, value } = typeof chunk === "string" ? { type: chunk } : chunk;
      const number = typeof type === "string" ? SctpChunkType[type] : type;
      return { type: number, flags, value: value ?? defaultChunkValue(number) };
    });
    return this.#layer(IpProtocol.SCTP, (payload) => {
      const value = Uint8Array.of(...defaultChunkValue(SctpChunkType.data), ...payload);
      const data = payload.length > 0 ? [{ type: SctpChunkType.data, flags: 3, value }] : [];
      return encodeSctp({
        sourcePort: fields.source,
        destinationPort: fields.destination,
        verificationTag: fields.tag ?? 0,
        chunks: [...chunks, ...data],
      });
    });
  }

  /** ICMP in IPv4, ICMPv6 in IPv6. The payload of an error is the packet it is about: `ipv4(…).udp(…).bytes()`. */
  icmp(fields: { type: number; code?: number; rest?: number }): Layer {
    const { type, code = 0, rest = 0 } = fields;
    if (this.#source.family === 4)
      return this.#layer(IpProtocol.ICMP, (payload) => encodeIcmp({ type, code, rest, payload }));
    return this.#layer(IpProtocol.ICMPV6, (payload) =>
      encodeIcmpv6({ type, code, rest, payload }, this.#source, this.#destination),
    );
  }

  echo(fields: { identifier: number; sequence: number; reply?: boolean }): Layer {
    const { echoReply, echoRequest } = this.#source.family === 4 ? IcmpType : Icmpv6Type;
    return this.icmp({
      type: fields.reply ? echoReply : echoRequest,
      rest: fields.identifier * 0x10000 + fields.sequence,
    });
  }

  /** An IPv4 packet within this one (RFC 2003, RFC 2473). */
  ipip(options: Ipv4Options): Ipv4Builder {
    return this.#within().ipv4(options);
  }

  /** An IPv6 packet within this one (RFC 4213, RFC 2473). */
  ipv6(options: Ipv6Options): Ipv6Builder {
    return this.#within().ipv6(options);
  }

  gre(fields: { checksum?: boolean; key?: number; sequence?: number } = {}): TunnelBuilder {
    const { checksum: withChecksum = false, ...others } = fields;
    return new TunnelBuilder(EtherType.IPv4, EtherType.IPv6, (type, payload) =>
      this.#wrap(IpProtocol.GRE, encodeGre({ type, withChecksum, ...others, payload })),
    );
  }

  /** Generic UDP encapsulation; without a `checksum` unless it is asked for. */
  gue(fields: UdpFields & { flags?: number; options?: Uint8Array }): TunnelBuilder {
    const { flags = 0, options = nothing, checksum = false, ...ports } = fields;
    return new TunnelBuilder(IpProtocol.IPIP, IpProtocol.IPV6, (protocol, payload) => {
      const gue = encodeGue({ control: false, protocol, flags, options, payload });
      return this.#wrap(IpProtocol.UDP, this.#udp({ ...ports, checksum }, gue));
    });
  }

  #within(): TunnelBuilder {
    return new TunnelBuilder(IpProtocol.IPIP, IpProtocol.IPV6, this.#wrap);
  }

  #udp(fields: UdpFields, payload: Uint8Array): Uint8Array {
    const udp = { sourcePort: fields.source, destinationPort: fields.destination, payload };
    return encodeUdp(udp, this.#source, this.#destination, fields.checksum ?? true);
  }

  #layer(protocol: number, encode: (payload: Uint8Array) => Uint8Array): Layer {
    return new Layer((payload) => this.#wrap(protocol, encode(payload)));
  }
}

/** What carries an IP packet of either family and says which. */
export class TunnelBuilder {
  readonly #four: number;
  readonly #six: number;
  readonly #wrap: (type: number, packet: Uint8Array) => Uint8Array;

  constructor(four: number, six: number, wrap: (type: number, packet: Uint8Array) => Uint8Array) {
    this.#four = four;
    this.#six = six;
    this.#wrap = wrap;
  }

  ipv4(options: Ipv4Options): Ipv4Builder {
    return new Ipv4Builder(options, (packet) => this.#wrap(this.#four, packet));
  }

  ipv6(options: Ipv6Options): Ipv6Builder {
    return new Ipv6Builder(options, (packet) => this.#wrap(this.#six, packet));
  }

  /** A whole packet that is there already; its version says its family. */
  packet(packet: Uint8Array): Uint8Array {
    return this.#wrap((packet[0] ?? 0) >> 4 === 6 ? this.#six : this.#four, packet);
  }
}

export class Ipv4Builder extends IpBuilder {
  constructor(options: Ipv4Options, outer: (packet: Uint8Array) => Uint8Array) {
    const source = ipOf(options.source);
    const destination = ipOf(options.destination);
    super(source, destination, options.protocol ?? 255, (protocol, payload) =>
      outer(
        encodeIpv4({
          dscp: 0,
          ecn: 0,
          identification: 0,
          dontFragment: false,
          moreFragments: false,
          fragmentOffset: 0,
          ttl: 64,
          options: nothing,
          ...options,
          protocol,
          source,
          destination,
          payload,
        }),
      ),
    );
  }
}

export class Ipv6Builder extends IpBuilder {
  constructor(options: Ipv6Options, outer: (packet: Uint8Array) => Uint8Array) {
    const source = ipOf(options.source);
    const destination = ipOf(options.destination);
    super(source, destination, options.protocol ?? IpProtocol.NOTHING, (protocol, payload) =>
      outer(
        encodeIpv6({
          dscp: 0,
          ecn: 0,
          flowLabel: 0,
          hopLimit: 64,
          extensions: [],
          ...options,
          protocol,
          source,
          destination,
          payload,
        }),
      ),
    );
  }
}

/** An IPv4 packet without a frame around it. */
export const ipv4 = (options: Ipv4Options): Ipv4Builder => new Ipv4Builder(options, (packet) => packet);
/** An IPv6 packet without a frame around it. */
export const ipv6 = (options: Ipv6Options): Ipv6Builder => new Ipv6Builder(options, (packet) => packet);
