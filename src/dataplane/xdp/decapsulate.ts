import {
  Bytes,
  be16,
  be32,
  bytes,
  Condition,
  callHelper,
  callHelper32,
  choose,
  constant32,
  Ethernet,
  EtherType,
  fragmented,
  type Given,
  HashMap,
  type Hook,
  IpProtocol,
  Ipv4,
  Ipv6,
  networkOrder16,
  Packet,
  type Program,
  packetProgram,
  type StructView,
  struct,
  U32,
  Udp,
  u16,
  u32,
  u64,
  unless,
  type View,
  variable,
  when,
} from "../../asm/index.js";
import { checksumOf, folded, sumOf, sumOfBytes } from "./checksum.js";
import { Gre, GreChecksum, Gue, greHasChecksum, protocolIpv6 } from "./tunnel.js";

/** A VIP that packets in tunnels are taken for; an IPv4 address fills the first four bytes. */
export const TunnelVip = struct("TunnelVip", { address: bytes(16, 4), family: u32 });
/** By which tunnels ({@link Accepted}, GUE at a port), and how many packets have come. */
export const TunnelUse = struct("TunnelUse", { accepted: u32, port: be16, packets: u64, bytes: u64 });
/** Bits of {@link TunnelUse}.accepted. */
export const Accepted = { ipip: 1, gue: 2, gre: 4 } as const;

export const tunnelVips = new HashMap("tunnel_vips", TunnelVip, TunnelUse, 1024);

/** Of bpf_skb_adjust_room (include/uapi/linux/bpf.h): behind the MAC header, and BPF_F_ADJ_ROOM_*. */
const behindMac = 1;
const Room = { fixedSegments: 1, becomesIpv4: 1 << 7, becomesIpv6: 1 << 8 } as const;
const congestionExperienced = 3;
/** Of bpf_redirect: BPF_F_INGRESS, not out by the device but in. */
const comesIn = 1;

type EthernetView = StructView<(typeof Ethernet)["shape"]>;

/**
 * The program beneath a tunnel's device that the kernel has no driver for: takes the outer IPv4 header off IPIP packets for this
 * host, and has them come in by `device` (its index), as if that had unwrapped them. What becomes of them is the kernel's to
 * say: a device that is down drops them, and rp_filter asks about the device.
 */
export function unwrapperInto(device: number): Program {
  const linear = Ethernet.size + 2 * Ipv4.size;
  return packetProgram(
    "unwrap_into",
    "tc",
    (packet) => {
      const ethernet = packet.header(Ethernet);
      unless(packet.isFor(new Uint8Array(6), ethernet.destination), () => packet.pass());
      new Decapsulation("tc", packet, ethernet, device).write();
    },
    { linear },
  );
}

/**
 * The program of a real server behind tunnels: takes the outer headers off what comes for one of its VIPs by IPIP, GUE or GRE,
 * over and in both families, and leaves the packet to the host. All else passes untouched: also fragments of outer packets,
 * outer options, GUE with options, GRE with keys or numbers, and what is shorter than it says. `mac` is the device's.
 */
export function decapsulator(hook: Hook, mac: Uint8Array | Given): Program {
  const linear = Ethernet.size + Ipv6.size + Udp.size + Gue.size + Ipv6.size;
  return packetProgram(
    "decapsulate",
    hook,
    (packet) => {
      const ethernet = packet.header(Ethernet);
      unless(packet.isFor(mac, ethernet.destination), () => packet.pass());
      when(packet.isTagged, () => packet.pass());
      new Decapsulation(hook, packet, ethernet).write();
    },
    { linear },
  );
}

/** One packet's way through the program. What has been read of it stands in variables, as far as reading has come. */
class Decapsulation {
  readonly #hook: Hook;
  readonly #packet: Packet;
  readonly #ethernet: EthernetView;
  /** The index of the device that IPIP is handed to; undefined: the host takes what is for its VIPs. */
  readonly #into: number | undefined;
  /** Where the next header begins, in bytes from the beginning of the frame. */
  readonly #at = variable(constant32(Ethernet.size));
  /** How many bytes the headers so far say that there are from there on. */
  readonly #left = variable(constant32(0));
  /** What comes next, as an IP protocol. */
  readonly #protocol = variable(constant32(0));
  /** A bit of {@link Accepted}, and GUE's port. */
  readonly #kind = variable(constant32(Accepted.ipip));
  readonly #port = variable(networkOrder16(0));
  /** The outer header's ECN. */
  readonly #congestion = variable(constant32(0));

  constructor(hook: Hook, packet: Packet, ethernet: EthernetView, into?: number) {
    this.#into = into;
    this.#hook = hook;
    this.#packet = packet;
    this.#ethernet = ethernet;
  }

  write(): void {
    const type = this.#ethernet.type;
    const outerIsIpv4 = type.is(EtherType.IPv4);
    when(
      outerIsIpv4,
      () => this.#readOuterIpv4(),
      () => {
        unless(type.is(EtherType.IPv6), this.#pass);
        if (this.#into === undefined) this.#readOuterIpv6();
        else this.#pass();
      },
    );
    if (this.#into !== undefined) {
      unless(this.#protocol.value.is(IpProtocol.IPIP), this.#pass);
      this.#readInnerIpv4(TunnelVip.local({ family: 6 }));
      this.#takeOffTc(outerIsIpv4, Condition.known(true));
      return;
    }
    choose(
      this.#protocol.value,
      new Map([
        [IpProtocol.IPIP, () => {}],
        [protocolIpv6, () => {}],
        [IpProtocol.UDP, () => this.#readGue()],
        [IpProtocol.GRE, () => this.#readGre()],
      ]),
      this.#pass,
    );
    const key = TunnelVip.local({ family: 6 });
    const within = this.#protocol.value;
    when(
      within.is(IpProtocol.IPIP),
      () => this.#readInnerIpv4(key),
      () => {
        unless(within.is(protocolIpv6), this.#pass);
        this.#readInnerIpv6(key);
      },
    );
    const innerIsIpv4 = within.is(IpProtocol.IPIP);
    if (this.#hook === "xdp") this.#takeOffXdp(innerIsIpv4);
    else this.#takeOffTc(outerIsIpv4, innerIsIpv4);
  }

  readonly #pass = () => this.#packet.pass();

  /** Has the packet read on behind what has been read. */
  #goOn(): void {
    this.#packet.continueAfter(this.#ethernet, this.#at.value);
  }

  /** So many bytes have been read; they have to be among those that there are. */
  #took(bytes: number): void {
    when(this.#left.value.below(bytes), this.#pass);
    this.#at.set(this.#at.value.add(bytes));
    this.#left.set(this.#left.value.sub(bytes));
  }

  /** The outer packet is as long as it says, and not longer than what came. */
  #readLength(length: U32): void {
    when(length.add(Ethernet.size).above(this.#packet.length), this.#pass);
    this.#left.set(length);
  }

  #readOuterIpv4(): void {
    this.#goOn();
    const ip = this.#packet.header(Ipv4);
    unless(ip.versionAndLength.is(0x45), this.#pass);
    when(ip.fragment.hasAny(fragmented), this.#pass);
    // Once the header is gone nobody can look at its checksum any more.
    unless(folded(sumOfBytes(new Bytes(ip.base, ip.offset, Ipv4.size))).is(0xffff), this.#pass);
    this.#readLength(ip.totalLength.host);
    this.#took(Ipv4.size);
    this.#protocol.set(ip.protocol);
    this.#congestion.set(ip.typeOfService.and(3));
  }

  #readOuterIpv6(): void {
    this.#goOn();
    const ip = this.#packet.header(Ipv6);
    const first = ip.versionAndFlow.host;
    unless(first.shiftRight(28).is(6), this.#pass);
    this.#readLength(ip.payloadLength.host.add(Ipv6.size));
    this.#took(Ipv6.size);
    this.#protocol.set(ip.nextHeader);
    this.#congestion.set(first.shiftRight(20).and(3));
  }

  #readGue(): void {
    this.#goOn();
    const udp = this.#packet.header(Udp);
    const length = udp.length.host;
    when(length.above(this.#left.value), this.#pass);
    this.#left.set(length);
    this.#took(Udp.size);
    this.#goOn();
    const gue = this.#packet.header(Gue);
    unless(gue.start.is(0).and(gue.flags.is(0)), this.#pass);
    this.#took(Gue.size);
    this.#protocol.set(gue.protocol);
    this.#kind.set(constant32(Accepted.gue));
    this.#port.set(udp.destinationPort);
  }

  #readGre(): void {
    this.#goOn();
    const gre = this.#packet.header(Gre);
    this.#took(Gre.size);
    const flags = gre.flags;
    unless(flags.is(0), () => {
      unless(flags.is(greHasChecksum), this.#pass);
      this.#took(GreChecksum.size);
    });
    const type = gre.protocol;
    this.#protocol.set(constant32(IpProtocol.IPIP));
    unless(type.is(EtherType.IPv4), () => {
      unless(type.is(EtherType.IPv6), this.#pass);
      this.#protocol.set(constant32(protocolIpv6));
    });
    this.#kind.set(constant32(Accepted.gre));
  }

  #readInnerIpv4(key: StructView<(typeof TunnelVip)["shape"]>): void {
    this.#goOn();
    const ip = this.#packet.header(Ipv4);
    const head = ip.versionAndLength;
    when(head.sub(0x45).above(10), this.#pass);
    const length = ip.totalLength.host;
    when(length.below(head.and(15).shiftLeft(2)).or(length.above(this.#left.value)), this.#pass);
    key.write(be32, "address", ip.destination);
    key.family = constant32(4);
    this.#accept(key, length);
    when(this.#congestion.value.is(congestionExperienced), () => {
      when(ip.typeOfService.and(3).is(0), () => this.#packet.drop());
      const before = ip.read(u16, "versionAndLength");
      ip.typeOfService = ip.typeOfService.or(3);
      const complement = (word: U32) => word.xor(0xffff);
      const sum = sumOf(complement(ip.checksum.raw), complement(before), ip.read(u16, "versionAndLength"));
      ip.write(u16, "checksum", checksumOf(sum));
    });
  }

  #readInnerIpv6(key: StructView<(typeof TunnelVip)["shape"]>): void {
    this.#goOn();
    const ip = this.#packet.header(Ipv6);
    const before = ip.versionAndFlow;
    unless(before.host.shiftRight(28).is(6), this.#pass);
    const length = ip.payloadLength.host.add(Ipv6.size);
    when(length.above(this.#left.value), this.#pass);
    key.address.copy(ip.destination);
    this.#accept(key, length);
    when(this.#congestion.value.is(congestionExperienced), () => {
      const first = before.host;
      when(first.shiftRight(20).and(3).is(0), () => this.#packet.drop());
      const after = first.or(3 << 20).toBe32;
      ip.versionAndFlow = after;
      // What a device has summed of the packet changes with it.
      if (this.#hook === "tc")
        callHelper(
          "csum_update",
          this.#packet.context,
          folded(sumOf(after.raw, before.raw.xor(0xffff_ffff))),
        );
    });
  }

  /** Whether this host takes what comes for a VIP by such a tunnel. RFC 6040, section 4.2, is what follows in both families. */
  #accept(key: View, length: U32): void {
    if (this.#into !== undefined) return;
    const use = tunnelVips.lookup(key).otherwise(this.#pass);
    unless(use.accepted.hasAny(this.#kind.value), this.#pass);
    when(this.#kind.value.is(Accepted.gue).and(this.#port.value.isNot(use.port)), this.#pass);
    use.atomic("packets").add(1);
    use.atomic("bytes").add(length);
  }

  /** The MAC header moves to where the packet begins now. */
  #takeOffXdp(innerIsIpv4: Condition): void {
    const { context } = this.#packet;
    const macs = [0, 4, 8].map((at) => new Bytes(this.#ethernet.base, this.#ethernet.offset, 12).word(at));
    unless(callHelper32("xdp_adjust_head", context, this.#room).is(0), this.#pass);
    const after = Packet.of("xdp", context, 0);
    const ethernet = after.header(Ethernet);
    const [one, two, three] = macs as [U32, U32, U32];
    const words = new Bytes(ethernet.base, ethernet.offset, 12);
    words.putWord(0, one);
    words.putWord(4, two);
    words.putWord(8, three);
    ethernet.set({ type: EtherType.IPv6 });
    when(innerIsIpv4, () => ethernet.set({ type: EtherType.IPv4 }));
    after.pass();
  }

  /** The kernel moves the MAC header, and is told if another family begins now (which it understands since Linux 6.3). */
  #takeOffTc(outerIsIpv4: Condition, innerIsIpv4: Condition): void {
    const { context } = this.#packet;
    const flags = variable(constant32(Room.fixedSegments));
    when(outerIsIpv4.and(innerIsIpv4.not), () => flags.set(flags.value.or(Room.becomesIpv6)));
    when(outerIsIpv4.not.and(innerIsIpv4), () => flags.set(flags.value.or(Room.becomesIpv4)));
    const less = constant32(0).sub(this.#room);
    unless(callHelper32("skb_adjust_room", context, less, behindMac, flags.value).is(0), this.#pass);
    const after = Packet.of("tc", context, 0);
    const ethernet = after.header(Ethernet);
    ethernet.set({ type: EtherType.IPv6 });
    when(innerIsIpv4, () => ethernet.set({ type: EtherType.IPv4 }));
    if (this.#into === undefined) after.pass();
    else after.end(new U32(callHelper("redirect", constant32(this.#into), comesIn)));
  }

  /** Bytes between the MAC header and the packet within. */
  get #room(): U32 {
    return this.#at.value.sub(Ethernet.size);
  }
}
