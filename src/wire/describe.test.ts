import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { describe, ethernet, IpAddress, ipv4, ipv6 } from "./index.js";

const four = { source: "10.0.0.1", destination: "10.0.0.2" };
const six = { source: "fd00::1", destination: "fd00::2" };
const back4 = { source: "10.0.0.2", destination: "10.0.0.1" };
const back6 = { source: "fd00::2", destination: "fd00::1" };
const echo = { identifier: 3, sequence: 4 };
const web = { source: 40000, destination: 80 };
const sctp = { source: 40000, destination: 9999, tag: 1 };
const discard = { source: 1, destination: 9 };
const e = ethernet();
const unreachable6 = (code: number) =>
  e.ipv6(back6).icmp({ type: 1, code }).payload(ipv6(six).udp(discard).bytes());
const option = Uint8Array.of(1, 4, 0, 0, 0, 0);

/** A frame with an IPv4 packet of these bytes. */
const frame = (hex: string) => e.other(0x0800).payload(Uint8Array.from(Buffer.from(hex, "hex")));

/** Frames and what tcpdump 4.99.3 says of them (without a blank at the end). */
const told: readonly (readonly [Uint8Array, string])[] = [
  [
    frame("45c0002800010000ff7015dfc0a8040be0000012213364010101526fc0a804503131313100000000"),
    "IP 192.168.4.11 > 224.0.0.18: VRRPv2, Advertisement, vrid 51, prio 100, authtype simple, intvl 1s, length 20",
  ],
  [
    frame("45c0002000250000ff7015c3c0a8040be000001231330001000a6486c0a80450"),
    "IP 192.168.4.11 > 224.0.0.18: VRRPv3, Advertisement, vrid 51, prio 0, intvl 10cs, length 12",
  ],
  [
    frame("45c0001c00250000ff7015c3c0a8040be000001222330001000a6486"),
    "IP 192.168.4.11 > 224.0.0.18: VRRPv2, unknown type (2)",
  ],
  [
    e
      .ipv6(six)
      .tcp({ ...web, syn: true, sequence: 7 })
      .bytes(),
    "IP6 fd00::1.40000 > fd00::2.80: Flags [S], seq 7, win 65535, length 0",
  ],
  [ethernet({ vlan: 5 }).ipv6(six).udp(discard).payload("hi"), "IP6 fd00::1.1 > fd00::2.9: UDP, length 2"],
  [
    e.ipv6(six).echo(echo).payload("abc"),
    "IP6 fd00::1 > fd00::2: ICMP6, echo request, id 3, seq 4, length 11",
  ],
  [
    e.ipv6(six).icmp({ type: 135 }).payload(IpAddress.of("fd00::9").bytes),
    "IP6 fd00::1 > fd00::2: ICMP6, neighbor solicitation, who has fd00::9, length 24",
  ],
  [
    e
      .ipv6(back6)
      .icmp({ type: 1, code: 4 })
      .payload(
        ipv6(six)
          .tcp({ ...web, syn: true })
          .bytes(),
      ),
    "IP6 fd00::2 > fd00::1: ICMP6, destination unreachable, unreachable port, fd00::2 tcp port 80, length 68",
  ],
  [
    unreachable6(0),
    "IP6 fd00::2 > fd00::1: ICMP6, destination unreachable, unreachable route fd00::2, length 56",
  ],
  [
    unreachable6(1),
    "IP6 fd00::2 > fd00::1: ICMP6, destination unreachable,  unreachable prohibited fd00::2, length 56",
  ],
  [
    unreachable6(2),
    "IP6 fd00::2 > fd00::1: ICMP6, destination unreachable, beyond scope fd00::2, source address fd00::1, length 56",
  ],
  [
    e.ipv6(back6).icmp({ type: 2, rest: 1400 }).payload(ipv6(six).udp(discard).bytes()),
    "IP6 fd00::2 > fd00::1: ICMP6, packet too big, mtu 1400, length 56",
  ],
  [
    e.ipv6(back6).icmp({ type: 3 }).payload(ipv6(six).udp(discard).bytes()),
    "IP6 fd00::2 > fd00::1: ICMP6, time exceeded in-transit for fd00::2, length 56",
  ],
  [
    e.ipv6(back6).icmp({ type: 4, code: 1, rest: 40 }).payload(ipv6(six).udp(discard).bytes()),
    "IP6 fd00::2 > fd00::1: ICMP6, parameter problem, next header - octet 40, length 56",
  ],
  [
    e
      .ipv6({
        ...six,
        extensions: [{ kind: "fragment", offset: 16, more: false, identification: 5 }],
        protocol: 17,
      })
      .payload(new Uint8Array(24)),
    "IP6 fd00::1 > fd00::2: frag (16|24)",
  ],
  [
    e
      .ipv6({ ...six, extensions: [{ kind: "destination", data: option }] })
      .udp(discard)
      .bytes(),
    "IP6 fd00::1 > fd00::2: DSTOPT 1 > 9: UDP, length 0",
  ],
  [e.ipv6(six).bytes(), "IP6 fd00::1 > fd00::2: no next header"],
  [
    e
      .ipv4(four)
      .sctp({ ...sctp, chunks: ["init"] })
      .bytes(),
    "IP 10.0.0.1.40000 > 10.0.0.2.9999: sctp (1) [INIT] [init tag: 1] [rwnd: 65536] [OS: 1] [MIS: 1] [init TSN: 0]",
  ],
  [
    e
      .ipv4(four)
      .sctp({ ...sctp, chunks: ["cookieEcho"] })
      .payload("hello"),
    "IP 10.0.0.1.40000 > 10.0.0.2.9999: sctp (1) [COOKIE ECHO] , (2) [DATA] (B)(E) [TSN: 0] [SID: 0] [SSEQ 0] [PPID 0x0]",
  ],
  [
    e
      .ipv6(six)
      .sctp({ ...sctp, chunks: ["cookieAck", "sack", "abort", { type: 99 }] })
      .bytes(),
    "IP6 fd00::1.40000 > fd00::2.9999: sctp (1) [COOKIE ACK] , (2) [SACK] [cum ack 0] [a_rwnd 0] [#gap acks 0] [#dup tsns 0] , (3) [ABORT] , (4) [Unknown chunk type: 0x63]",
  ],
  [
    e
      .ipv4(back4)
      .icmp({ type: 3, code: 3 })
      .payload(
        ipv4(four)
          .sctp({ ...sctp, chunks: [] })
          .bytes(),
      ),
    "IP 10.0.0.2 > 10.0.0.1: ICMP 10.0.0.2 protocol 132 port 9999 unreachable, length 40",
  ],
  [
    e.ipv4(four).ipv6(six).udp(discard).bytes(),
    "IP 10.0.0.1 > 10.0.0.2: IP6 fd00::1.1 > fd00::2.9: UDP, length 0",
  ],
  [
    e.ipv4(four).gre().ipv4(back4).udp(discard).bytes(),
    "IP 10.0.0.1 > 10.0.0.2: GREv0, length 32: IP 10.0.0.2.1 > 10.0.0.1.9: UDP, length 0",
  ],
  [
    e.ipv4(four).gre({ checksum: true }).ipv6(six).udp(discard).bytes(),
    "IP 10.0.0.1 > 10.0.0.2: GREv0, off 0x0, length 56: IP6 fd00::1.1 > fd00::2.9: UDP, length 0",
  ],
  [
    e.ipv6(six).gre({ key: 7, sequence: 3 }).ipv4(back4).udp(discard).bytes(),
    "IP6 fd00::1 > fd00::2: GREv0, key=0x7, seq 3, length 40: IP 10.0.0.2.1 > 10.0.0.1.9: UDP, length 0",
  ],
  [
    e.ipv4(four).gue({ source: 50000, destination: 6080 }).ipv4(back4).udp(discard).bytes(),
    "IP 10.0.0.1.50000 > 10.0.0.2.6080: UDP, length 32",
  ],
];

test("packets are told as tcpdump tells them", () => {
  for (const [frame, text] of told) assert.equal(describe(frame), text);
});

test("any bytes behind any header are told on one line", () => {
  const protocol = fc.constantFrom(0, 1, 4, 6, 17, 41, 43, 44, 47, 58, 59, 60, 132, 200);
  fc.assert(
    fc.property(
      protocol,
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom(0, 0x40, 0x45, 0x60),
      (p, bytes, first) => {
        if (bytes.length > 0 && first > 0) bytes[0] = first;
        assert.match(describe(e.ipv4({ ...four, protocol: p }).payload(bytes)), /^IP 10\.0\.0\.1[. ].*$/);
        assert.match(describe(e.ipv6({ ...six, protocol: p }).payload(bytes)), /^IP6.*$/);
      },
    ),
    { numRuns: 500 },
  );
});
