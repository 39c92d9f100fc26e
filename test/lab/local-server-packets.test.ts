import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type BpfProgram, loadWritten, TcVerdict, testRun } from "../../src/bpf/index.js";
import { localAnswers } from "../../src/dataplane/xdp/local-answer.js";
import type { ForwardingMethod, Protocol, ServiceId } from "../../src/ipvs/model.js";
import { decodePacket, ethernet, IpAddress, MacAddress } from "../../src/wire/index.js";
import { directorMac, hooks } from "./director-place.js";
import {
  clientAddress,
  type Family,
  families,
  frame,
  fromClient,
  isSound,
  owns,
  routerMac,
  type Segment,
  vips,
  type WidePlace,
  widePlace,
} from "./wide-place.js";

/** What is said, by whom, and the connection's state after it. */
type Line = readonly [by: "client" | "server", says: Segment, state: string];

// As with NAT, but for what comes before the first answer.
const conversations: Readonly<Record<Protocol, readonly Line[]>> = {
  tcp: [
    ["client", { tcp: { syn: true } }, "SYN_RECV"],
    ["server", { tcp: { syn: true, ack: true } }, "SYN_RECV"],
    ["client", { tcp: { ack: true } }, "ESTABLISHED"],
    ["client", { tcp: { ack: true, psh: true }, payload: "a question" }, "ESTABLISHED"],
    ["server", { tcp: { ack: true }, payload: "an answer." }, "ESTABLISHED"],
    ["client", { tcp: { fin: true, ack: true } }, "CLOSE_WAIT"],
    ["server", { tcp: { fin: true, ack: true } }, "TIME_WAIT"],
    ["client", { tcp: { ack: true } }, "TIME_WAIT"],
  ],
  udp: [
    ["client", { payload: "a question" }, "UDP"],
    ["server", { payload: "an answer" }, "UDP"],
    ["server", { payload: "" }, "UDP"],
  ],
  sctp: [
    ["client", { chunks: ["init"] }, "INIT1"],
    ["server", { chunks: ["initAck"] }, "C-SENT"],
    ["client", { chunks: ["cookieEcho"] }, "C-REPLIED"],
    ["server", { chunks: ["cookieAck"] }, "ESTABLISHED"],
    ["client", { chunks: [], payload: "odd" }, "ESTABLISHED"],
    ["server", { chunks: ["sack"], payload: "even" }, "ESTABLISHED"],
    ["client", { chunks: ["shutdown"] }, "S-RECEIVED"],
    ["server", { chunks: ["shutdownAck"] }, "S-ACK-SENT"],
    ["client", { chunks: ["shutdownComplete"] }, "CLOSED"],
  ],
};

const ways = [
  { about: "NAT to another port", method: "masq", port: 8080 },
  { about: "NAT to the same port", method: "masq", port: 80 },
  { about: "DR", method: "droute", port: 80 },
  { about: "TUN", method: "tunnel", port: 80 },
] as const;

interface LocalPlace {
  readonly place: WidePlace;
  put(id: ServiceId, family: Family, method: ForwardingMethod, port: number, address?: string): void;
  take(id: ServiceId, family: Family, port: number): void;
  /** What leaves by eth0, as it goes on. */
  leave(bytes: Uint8Array): string;
}

function localPlace(t: TestContext): LocalPlace | undefined {
  const place = widePlace(t);
  if (!place) return undefined;
  const { secrets } = place.state.settings;
  const program: BpfProgram = loadWritten(
    localAnswers({
      mac: MacAddress.of(directorMac).bytes,
      ...place.state.tableShape,
      secrets: [...secrets] as [bigint, bigint, bigint],
    }),
    place.state.maps,
  );
  t.after(() => program.close());
  return {
    place,
    put: (id, family, method, port, address = owns[family]) =>
      place.configure((plane) =>
        plane.addServer(id, {
          address: IpAddress.of(address),
          port,
          method,
          weight: 1,
          upperThreshold: 0,
          lowerThreshold: 0,
          ...(method === "tunnel" && { tunnel: { type: "ipip", port: 0, checksum: "none" } }),
        }),
      ),
    take: (id, family, port) =>
      place.configure((plane) => plane.deleteServer(id, { address: IpAddress.of(owns[family]), port })),
    leave: (packet) => {
      const { verdict, packet: out } = place.inside(() => testRun(program, { packet }));
      assert.equal(verdict, TcVerdict.goOn);
      return hex(out);
    },
  };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** A request as it goes on to the host's stack, and an answer as the stack sends it, or as the client gets it. */
const request = (segment: Segment, family: Family, address: string, port: number) =>
  frame(segment, {
    source: clientAddress(family),
    sourcePort: 40000,
    destination: address,
    destinationPort: port,
    sourceMac: routerMac,
    destinationMac: directorMac,
  });
const answer = (segment: Segment, family: Family, address: string, port: number, mac = directorMac) =>
  frame(segment, {
    source: address,
    sourcePort: port,
    destination: clientAddress(family),
    destinationPort: 40000,
    sourceMac: mac,
    destinationMac: routerMac,
  });

for (const hook of hooks)
  test(`${hook}: conversations with a server on this host, byte by byte`, async (t) => {
    const local = localPlace(t);
    if (!local) return;
    const { place } = local;
    for (const { about, method, port } of ways)
      for (const family of families)
        for (const protocol of ["tcp", "udp", "sctp"] as const)
          await t.test(`${about}, IPv${family}, ${protocol}`, () => {
            place.reset();
            const id = place.service({ family, protocol });
            local.put(id, family, method, port);
            const own = method === "masq" ? owns[family] : vips[family];
            const counts = { in: 0, inBytes: 0, out: 0, outBytes: 0 };
            for (const [turn, [by, says, state]] of conversations[protocol].entries()) {
              // With its last hop it has arrived.
              const segment: Segment = { ...says, family, protocol, ttl: by === "client" ? 1 : 64 };
              if (by === "client") {
                const sent = fromClient(segment);
                const { verdict, packet } = place.run(hook, sent);
                assert.equal(verdict, "pass");
                assert.equal(hex(packet), hex(request(segment, family, own, port)), `turn ${turn}`);
                counts.in++;
                counts.inBytes += sent.length - 14;
              } else {
                const sent = answer(segment, family, own, port);
                assert.equal(
                  local.leave(sent),
                  hex(answer(segment, family, vips[family], 80)),
                  `turn ${turn}`,
                );
                counts.out++;
                counts.outBytes += sent.length - 14;
              }
              const [row, ...others] = place.rows();
              assert.equal(others.length, 0);
              assert.equal(row?.row.state, state, `turn ${turn}`);
              const { connections, inPackets, inBytes, outPackets, outBytes } =
                place.status(id).servers[0]!.counters;
              assert.deepEqual(
                [connections, inPackets, inBytes, outPackets, outBytes].map(Number),
                [1, counts.in, counts.inBytes, counts.out, counts.outBytes],
                `turn ${turn}`,
              );
            }
          });
  });

test("what leaves and is no answer of such a server stays as it is", async (t) => {
  const local = localPlace(t);
  if (!local) return;
  const { place } = local;
  for (const family of families)
    for (const method of ["masq", "droute"] as const)
      await t.test(`IPv${family}, ${method}`, () => {
        place.reset();
        const id = place.service({ family });
        local.put(id, family, method, 80);
        const own = method === "masq" ? owns[family] : vips[family];
        const says: Segment = { family, tcp: { syn: true } };
        place.run("tc", fromClient(says));
        const stays = (bytes: Uint8Array, counted = 0n) => {
          assert.equal(local.leave(bytes), hex(bytes));
          assert.equal(place.status(id).counters.outPackets, counted);
        };
        const back: Segment = { family, tcp: { syn: true, ack: true } };
        stays(answer(back, family, own, 81));
        // Of a device above this one.
        stays(answer(back, family, own, 80, "02:00:00:00:00:77"));
        stays(answer(back, family, own, 80).fill(0xff, 12, 14));
        // It comes in by an interface: somebody else says so.
        const foreign = { ...back, family };
        const { verdict, packet } = place.run("tc", retargeted(answer(foreign, family, own, 80)));
        assert.equal(verdict, "pass");
        assert.equal(hex(packet), hex(retargeted(answer(foreign, family, own, 80))));
        // Removed, it answers on, uncounted; without any service nothing is the director's.
        const nat = method === "masq" ? hex(answer(back, family, vips[family], 80)) : undefined;
        const other = place.service({ family, port: 99 });
        local.take(id, family, 80);
        assert.equal(local.leave(answer(back, family, own, 80)), nat ?? hex(answer(back, family, own, 80)));
        assert.equal(place.status(id).counters.outPackets, 0n);
        place.configure((plane) => {
          plane.deleteService(id);
          plane.deleteService(other);
        });
        assert.equal(local.leave(answer(back, family, own, 80)), hex(answer(back, family, own, 80)));
      });
});

/** The same frame, addressed to the director. */
function retargeted(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(MacAddress.of(directorMac).bytes, 0);
  copy.set(MacAddress.of(routerMac).bytes, 6);
  return copy;
}

for (const hook of hooks)
  test(`${hook}: NAT to a loopback address is dropped, and counted`, (t) => {
    const local = localPlace(t);
    if (!local) return;
    const { place } = local;
    for (const [family, address] of [
      [4, "127.0.0.2"],
      [6, "::1"],
    ] as const) {
      place.reset();
      const id = place.service({ family });
      local.put(id, family, "masq", 8080, address);
      assert.equal(place.run(hook, fromClient({ family })).verdict, "drop");
      assert.equal(place.status(id).counters.inPackets, 1n);
    }
  });

test("ICMP errors about packets to and from a server on this host", (t) => {
  const local = localPlace(t);
  if (!local) return;
  const { place } = local;
  for (const family of families)
    for (const { method, port } of ways) {
      place.reset();
      const id = place.service({ family, protocol: "udp" });
      local.put(id, family, method, port);
      const own = method === "masq" ? owns[family] : vips[family];
      const says: Segment = { family, protocol: "udp", payload: "a question" };
      place.run("tc", fromClient(says));
      const unreachable = family === 4 ? { type: 3, code: 3 } : { type: 1, code: 4 };
      const client = clientAddress(family);
      const error = (
        from: string,
        to: string,
        quote: Uint8Array,
        macs: { source: string; destination: string },
      ) => {
        const link = ethernet(macs);
        const ends = { source: from, destination: to };
        const layer = family === 4 ? link.ipv4(ends) : link.ipv6(ends);
        return layer.icmp(unreachable).payload(quote.subarray(14));
      };
      // Nobody listens: the host's stack says so.
      const out = { source: directorMac, destination: routerMac };
      const told = local.leave(error(own, client, request(says, family, own, port), out));
      const wanted = error(vips[family], client, request(says, family, vips[family], 80), out);
      sameError(Buffer.from(told, "hex"), wanted);
      assert.equal(place.status(id).counters.outPackets, 1n);
      // The client has gone: its host says so.
      const back = { source: routerMac, destination: directorMac };
      const sent = error(client, vips[family], answer(says, family, vips[family], 80), back);
      const { verdict, packet } = place.run("tc", sent);
      assert.equal(verdict, "pass");
      sameError(packet, error(client, own, answer(says, family, own, port), back));
      assert.equal(place.status(id).counters.inPackets, 2n);
    }
});

/** The sum of the packet that is quoted is left as it was, and with it the error's own differs. */
function sameError(found: Uint8Array, wanted: Uint8Array): void {
  const [a, b] = [decodePacket(found)!, decodePacket(wanted)!];
  assert.ok(isSound(a));
  const plain = (bytes: Uint8Array, six: boolean) => {
    const copy = Buffer.from(bytes);
    const icmp = 14 + (six ? 40 : 20);
    copy.fill(0, icmp + 2, icmp + 4);
    const udp = icmp + 8 + (six ? 40 : 20);
    copy.fill(0, udp + 6, udp + 8);
    return hex(copy);
  };
  assert.equal(plain(found, a.ipv6 !== undefined), plain(wanted, b.ipv6 !== undefined));
}
