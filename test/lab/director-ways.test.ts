import assert from "node:assert/strict";
import { test } from "node:test";
import type { Protocol } from "../../src/ipvs/model.js";
import { ethernet, IpAddress } from "../../src/wire/index.js";
import { directorMac, hooks } from "./director-place.js";
import {
  backAddress,
  backMac,
  clientAddress,
  type Family,
  families,
  fromClient,
  fromServer,
  protocols,
  type Segment,
  type serviceIdOf,
  toClient,
  toServer,
  vips,
  type WidePlace,
  widePlace,
} from "./wide-place.js";

/** A packet of a conversation: who says it, and the connection's state after it, by NAT and by direct routing. */
interface Line {
  readonly by: "client" | "server";
  readonly says: Segment;
  readonly nat: string;
  readonly dr?: string;
}
const line = (by: Line["by"], says: Segment, nat: string, dr?: string): Line => ({
  by,
  says,
  nat,
  ...(dr !== undefined && { dr }),
});

/** What client and server say to each other. By direct routing the director hears the client alone. */
const conversations: Readonly<Record<Protocol, readonly Line[]>> = {
  tcp: [
    line("client", { tcp: { syn: true, options: [{ kind: "mss", value: 1460 }] } }, "SYN_RECV", "SYN_RECV"),
    line("server", { tcp: { syn: true, ack: true } }, "SYN_RECV"),
    line("client", { tcp: { ack: true } }, "ESTABLISHED", "ESTABLISHED"),
    line(
      "client",
      { tcp: { ack: true, psh: true }, payload: "GET / HTTP/1.0\r\n\r\n" },
      "ESTABLISHED",
      "ESTABLISHED",
    ),
    line("server", { tcp: { ack: true }, payload: "an odd number of bytes." }, "ESTABLISHED"),
    line("client", { tcp: { fin: true, ack: true } }, "CLOSE_WAIT", "FIN_WAIT"),
    line("server", { tcp: { fin: true, ack: true } }, "TIME_WAIT"),
    line("client", { tcp: { ack: true } }, "TIME_WAIT", "FIN_WAIT"),
  ],
  udp: [
    line("client", { payload: "a question" }, "UDP", "UDP"),
    line("server", { payload: "an answer" }, "UDP"),
    line("client", { payload: "" }, "UDP", "UDP"),
    line("server", { payload: "?" }, "UDP"),
  ],
  sctp: [
    line("client", { chunks: ["init"] }, "INIT1", "INIT1"),
    line("server", { chunks: ["initAck"] }, "C-SENT"),
    line("client", { chunks: ["cookieEcho"] }, "C-REPLIED", "ESTABLISHED"),
    line("server", { chunks: ["cookieAck"] }, "ESTABLISHED"),
    line("client", { chunks: [], payload: "odd" }, "ESTABLISHED", "ESTABLISHED"),
    line("server", { chunks: ["sack"], payload: "even" }, "ESTABLISHED"),
    line("client", { chunks: ["shutdown"] }, "S-RECEIVED", "S-RECEIVED"),
    line("server", { chunks: ["shutdownAck"] }, "S-ACK-SENT"),
    line("client", { chunks: ["shutdownComplete"] }, "CLOSED", "CLOSED"),
  ],
};
const active = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYNACK"];
const isActive = (protocol: Protocol, state: string) =>
  protocol === "sctp" ? state === "ESTABLISHED" : active.includes(state);

const ways = [
  { about: "NAT", method: "masq", port: 80 },
  { about: "NAT to another port", method: "masq", port: 8080 },
  { about: "DR", method: "droute", port: 80 },
] as const;

for (const hook of hooks)
  test(`${hook}: conversations by every way, byte by byte`, async (t) => {
    const place = widePlace(t);
    if (!place) return;
    for (const { about, method, port } of ways)
      for (const family of families)
        for (const protocol of protocols)
          await t.test(`${about}, IPv${family}, ${protocol}`, () => {
            place.reset();
            const id = place.service({ family, protocol });
            place.put(id, 3, { method, port });
            const nat = method === "masq";
            const counts = { in: 0, inBytes: 0, out: 0, outBytes: 0 };
            for (const [turn, { by, says, ...states }] of conversations[protocol].entries()) {
              const state = nat ? states.nat : states.dr;
              if (!state) continue;
              const segment = { ...says, family, protocol };
              const what = `turn ${turn}`;
              if (by === "client") {
                const sent = fromClient(segment);
                const expected = toServer(3, segment, nat ? { port } : undefined);
                sameBytes(place.send(hook, sent), expected, what);
                counts.in++;
                counts.inBytes += sent.length - 14;
              } else {
                const sent = fromServer(3, segment, port);
                sameBytes(place.send(hook, sent, "back"), toClient(segment), what);
                counts.out++;
                counts.outBytes += sent.length - 14;
              }
              const [row, ...others] = place.rows();
              assert.equal(others.length, 0, what);
              assert.equal(row?.row.state, state, what);
              assert.equal(row?.row.server.port, port);
              const a = Number(isActive(protocol, state));
              assert.deepEqual(
                place.countsOf(id, 3),
                [a, 1 - a, 0, 1, counts.in, counts.inBytes, counts.out, counts.outBytes],
                what,
              );
            }
          });
  });

function sameBytes(
  { verdict, bytes }: { verdict: string; bytes: Uint8Array },
  expected: Uint8Array,
  what: string,
) {
  assert.equal(verdict, "redirect", what);
  assert.equal(Buffer.from(bytes).toString("hex"), Buffer.from(expected).toString("hex"), what);
}

/** Packets of which something is unusual; each goes both ways through a NAT service with another port. */
const unusual: readonly {
  about: string;
  families?: readonly (4 | 6)[];
  segment: Segment;
  begin?: Segment;
}[] = [
  {
    about: "UDP without checksum",
    families: [4],
    segment: { protocol: "udp", checksum: false, payload: "free" },
  },
  { about: "UDP without payload", segment: { protocol: "udp" } },
  {
    about: "as many IP options as there can be",
    families: [4],
    segment: { protocol: "tcp", tcp: { ack: true }, ipOptions: new Uint8Array(40).fill(1), payload: "odd" },
    begin: { protocol: "tcp", tcp: { syn: true } },
  },
  {
    about: "IP options before UDP",
    families: [4],
    segment: { protocol: "udp", ipOptions: new Uint8Array(8).fill(1), payload: "x" },
  },
  {
    about: "IP options before SCTP",
    families: [4],
    segment: { protocol: "sctp", chunks: ["sack"], ipOptions: new Uint8Array(12).fill(1), payload: "data" },
    begin: { protocol: "sctp", chunks: ["init"] },
  },
  {
    about: "TCP options, as many as there can be",
    segment: {
      protocol: "tcp",
      tcp: { ack: true, options: Array.from({ length: 40 }, () => ({ kind: "nop" as const })) },
      payload: "odd",
    },
    begin: { protocol: "tcp", tcp: { syn: true } },
  },
  {
    about: "1400 bytes of TCP",
    segment: { protocol: "tcp", tcp: { ack: true }, payload: "0123456".repeat(200) },
    begin: { protocol: "tcp", tcp: { syn: true } },
  },
  {
    about: "1400 bytes of SCTP",
    segment: { protocol: "sctp", chunks: [], payload: "0123456".repeat(200) },
    begin: { protocol: "sctp", chunks: ["init"] },
  },
  {
    about: "the last hop but one",
    segment: { protocol: "tcp", tcp: { ack: true }, ttl: 2 },
    begin: { protocol: "tcp", tcp: { syn: true } },
  },
];

for (const hook of hooks)
  test(`${hook}: unusual packets through NAT, both ways`, async (t) => {
    const place = widePlace(t);
    if (!place) return;
    for (const { about, families: some = families, segment, begin } of unusual)
      for (const family of some)
        await t.test(`${about}, IPv${family}`, () => {
          place.reset();
          const protocol = segment.protocol!;
          const id = place.service({ family, protocol });
          place.put(id, 1, { port: 8080 });
          if (begin) place.send(hook, fromClient({ ...begin, family }));
          const one = { ...segment, family };
          const there = place.send(hook, fromClient(one));
          sameBytes(there, toServer(1, one, { port: 8080 }), "to the server");
          sameBytes(place.send(hook, fromServer(1, one, 8080), "back"), toClient(one), "to the client");
        });
  });

for (const hook of hooks)
  test(`${hook}: a checksum of UDP that comes to 0 is sent as its other form`, (t) => {
    const place = widePlace(t);
    if (!place) return;
    for (const family of families) {
      const id = place.service({ family, protocol: "udp" });
      place.put(id, 1, { port: 8080 });
      // With its own checksum as payload, what came out with zeros there comes to zero.
      const segment = (payload: Uint8Array): Segment => ({ family, protocol: "udp", payload });
      const zeros = toServer(1, segment(new Uint8Array(2)), { port: 8080 });
      const word = zeros.subarray(zeros.length - 4, zeros.length - 2);
      const expected = toServer(1, segment(word), { port: 8080 });
      assert.deepEqual([...expected.subarray(-4, -2)], [0xff, 0xff]);
      sameBytes(place.send(hook, fromClient(segment(word))), expected, `IPv${family}`);
    }
  });

for (const hook of hooks)
  test(`${hook}: headers that lie are let pass, and make nothing`, (t) => {
    const place = widePlace(t);
    if (!place) return;
    const lies: [about: string, family: 4 | 6, at: number, value: number][] = [
      ["no version 6", 6, 14, 0x40],
      ["no version 4", 4, 14, 0x65],
      ["no room for the header", 6, 19, 7],
      ["no room for the header", 4, 17, 27],
    ];
    for (const family of families)
      for (const protocol of protocols) place.put(place.service({ family, protocol }), 1);
    for (const [about, family, at, value] of lies)
      for (const protocol of protocols) {
        const bytes = fromClient({ family, protocol });
        bytes[at] = value;
        assert.equal(place.send(hook, bytes).verdict, "pass", `${about}, IPv${family}, ${protocol}`);
      }
    assert.deepEqual(place.listing(), []);
  });

/** What a reply that is not sent on leaves as it was. */
for (const hook of hooks)
  test(`${hook}: answers of servers that are let pass`, async (t) => {
    const place = widePlace(t);
    if (!place) return;
    for (const family of families) {
      const segment: Segment = { family, tcp: { ack: true } };
      const begun = (): ReturnType<typeof serviceIdOf> => {
        place.reset();
        const id = place.service({ family });
        place.put(id, 1, { port: 8080 });
        place.send(hook, fromClient({ family }));
        return id;
      };
      const passes = (place: WidePlace, bytes: Uint8Array) => {
        const before = place.counted();
        assert.equal(place.send(hook, bytes, "back").verdict, "pass");
        assert.equal(place.counted(), before, "nothing is counted");
      };
      await t.test(`nobody's connection, IPv${family}`, () => {
        begun();
        passes(place, fromServer(1, { ...segment, port: 40001 }, 8080));
        passes(place, fromServer(1, segment, 8081));
        passes(place, fromServer(2, segment, 8080));
        passes(place, fromServer(1, { ...segment, client: 1 }, 8080));
        passes(place, fromServer(1, { ...segment, protocol: "udp" }, 8080));
      });
      await t.test(`no hop left, IPv${family}`, () => {
        begun();
        passes(place, fromServer(1, { ...segment, ttl: 1 }, 8080));
      });
      await t.test(`the connection's time is over, IPv${family}`, () => {
        begun();
        const owner = place.all().find(({ kind }) => kind === "connection")!;
        place.expireIn(owner.slot, -0.1);
        passes(place, fromServer(1, segment, 8080));
      });
      await t.test(`a removed server's answers go on, uncounted, IPv${family}`, () => {
        const id = begun();
        place.put(id, 2);
        place.take(id, 1, 8080);
        const before = place.counted();
        const answer = { ...segment, tcp: { fin: true, ack: true } };
        sameBytes(place.send(hook, fromServer(1, answer, 8080), "back"), toClient(answer), "to the client");
        assert.equal(place.counted(), before, "nothing is counted");
        assert.deepEqual(
          place.rows().map(({ row }) => row.state),
          ["TIME_WAIT"],
          "its state moves",
        );
      });
    }
  });

/** A server behind NAT tells the client that nobody listens at its port. */
function unreachable(family: Family, number: number, port: number): Uint8Array {
  const ends = { source: backAddress(family, number), destination: clientAddress(family) };
  const link = ethernet({ source: backMac(number), destination: directorMac });
  const quote = toServer(number, { family }, { port }).subarray(14);
  return family === 4
    ? link.ipv4(ends).icmp({ type: 3, code: 3 }).payload(quote)
    : link.ipv6(ends).icmp({ type: 1, code: 4 }).payload(quote);
}

test("xdp: an answer, and an error of ICMP, to a client whose neighbour nobody knows goes back as the client's packet came", (t) => {
  const place = widePlace(t);
  if (!place) return;
  for (const family of families) {
    place.reset();
    const id = place.service({ family });
    place.put(id, 1, { port: 8080 });
    place.place.network.neighbours.remove("eth0", IpAddress.of(family === 4 ? "192.168.4.1" : "fd00:4::1"));
    place.send("xdp", fromClient({ family }));
    const answer: Segment = { family, tcp: { syn: true, ack: true } };
    const reply = fromServer(1, answer, 8080);
    sameBytes(place.send("xdp", reply, "back"), toClient(answer), `IPv${family}`);
    const error = unreachable(family, 1, 8080);
    const told = place.send("xdp", error, "back");
    assert.equal(told.verdict, "redirect");
    assert.deepEqual(told.bytes.subarray(0, 14), toClient(answer).subarray(0, 14), "by the same way");
    assert.equal(String((told.packet.ipv4 ?? told.packet.ipv6)?.source), vips[family]);
    const ways = place.state.maps["client_ways"]!;
    for (const key of [...ways.keys()]) ways.delete(key);
    assert.equal(place.send("xdp", reply, "back").verdict, "drop");
    assert.equal(place.send("xdp", error, "back").verdict, "drop");
    assert.equal(place.events().no_neighbour, 2);
  }
});
