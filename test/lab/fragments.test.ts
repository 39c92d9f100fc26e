import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hook } from "../../src/asm/index.js";
import { FragmentKey, FragmentRecord, ticks } from "../../src/dataplane/xdp/layout.js";
import { capacity } from "../../src/dataplane/xdp/maps.js";
import { ethernet } from "../../src/wire/index.js";
import { directorMac, hooks, type Verdict } from "./director-place.js";
import { atomic, options, pieces, route, withExtensions } from "./pieces.js";
import {
  clientAddress,
  families,
  fromClient,
  fromServer,
  owns,
  protocols,
  routerMac,
  type Segment,
  toClient,
  toServer,
  vips,
  type WidePlace,
  widePlace,
} from "./wide-place.js";

/** Every protocol's packet that begins something, large enough for fragments; the last of them is small. */
const cuts = [40, 64, 120];
const payload = Uint8Array.from({ length: 115 }, (_, i) => i);
const begins: Readonly<Record<(typeof protocols)[number], Segment>> = {
  tcp: { tcp: { syn: true }, payload },
  udp: { payload },
  sctp: { chunks: ["init"], payload },
};
const goesOn: typeof begins = {
  tcp: { tcp: { ack: true }, payload },
  udp: { payload },
  sctp: { chunks: [], payload },
};

/** Bytes of an Ethernet header. */
const frameHeader = 14;

type Front = "front" | "back";
class Pieces {
  constructor(
    readonly place: WidePlace,
    readonly hook: Hook,
  ) {}

  /** Sends frames; what is not sent on has to come back as it was. */
  send(frames: readonly Uint8Array[], side: Front = "front"): { verdict: Verdict; bytes: Buffer }[] {
    const { place, hook } = this;
    return frames.map((frame) => {
      const device = side === "front" ? place.device : place.back;
      const { verdict, packet } = place.inside(() => place.runHere(hook, frame, device));
      if (verdict !== "redirect") assert.deepEqual(Buffer.from(packet), Buffer.from(frame));
      return { verdict, bytes: Buffer.from(packet) };
    });
  }

  /** Sends frames that have to become these others. */
  becomes(frames: readonly Uint8Array[], expected: readonly Uint8Array[], side: Front = "front"): void {
    const sent = this.send(frames, side);
    assert.deepEqual(
      sent,
      expected.map((bytes) => ({ verdict: "redirect", bytes: Buffer.from(bytes) })),
    );
  }

  verdicts(frames: readonly Uint8Array[], side: Front = "front"): Verdict[] {
    return this.send(frames, side).map(({ verdict }) => verdict);
  }

  get lost(): number {
    return this.place.events().fragment;
  }
}

for (const hook of hooks)
  test(`${hook}: fragments follow the first of their packet, by NAT both ways and by direct routing`, async (t) => {
    const place = widePlace(t);
    if (!place) return;
    const on = new Pieces(place, hook);
    for (const family of families)
      for (const protocol of protocols)
        await t.test(`IPv${family} ${protocol}`, () => {
          for (const method of ["masq", "droute"] as const) {
            place.reset();
            const id = place.service({ family, protocol });
            // SCTP's checksum covers what a fragment has not: only a port that stays goes through NAT.
            const port = protocol === "sctp" || method === "droute" ? 80 : 8080;
            place.put(id, 0, { method, port });
            const nat = method === "masq" ? { port } : undefined;
            const first = { family, protocol, ...begins[protocol] };
            const next = { family, protocol, ...goesOn[protocol] };
            on.becomes(pieces(fromClient(first), cuts, 7), pieces(toServer(0, first, nat), cuts, 7));
            on.becomes([fromClient(next)], [toServer(0, next, nat)]);
            const word = (): bigint => place.all().find(({ kind }) => kind === "connection")!.entry.word;
            const before = word();
            on.becomes(pieces(fromClient(next), cuts, 8), pieces(toServer(0, next, nat), cuts, 8));
            assert.equal(word(), before);
            // As the kernel counts the packets that it has put together.
            const bytes = [first, next, next].reduce(
              (sum, one) => sum + fromClient(one).length - frameHeader,
              0,
            );
            assert.deepEqual(place.countsOf(id, 0).slice(3, 6), [1, 3, bytes], "whole packets are counted");
            if (!nat) continue;
            const answer = pieces(fromServer(0, next, port), cuts, 9);
            on.becomes(answer, pieces(toClient(next), cuts, 9), "back");
            const answered = [1, fromClient(next).length - frameHeader];
            assert.deepEqual(place.countsOf(id, 0).slice(6), answered);
          }
          assert.equal(on.lost, 0);
        });
  });

for (const hook of hooks)
  test(`${hook}: fragments that can't follow`, async (t) => {
    const place = widePlace(t);
    if (!place) return;
    const on = new Pieces(place, hook);
    const each = (about: string, run: (family: 4 | 6) => void) =>
      t.test(about, () => {
        for (const family of families) {
          place.reset();
          run(family);
        }
      });
    const udpService = (family: 4 | 6, port = 53) => {
      const id = place.service({ family, protocol: "udp" });
      place.put(id, 0, { port });
      return id;
    };
    const datagram = (family: 4 | 6, more: Segment = {}): Uint8Array =>
      fromClient({ family, protocol: "udp", payload, ...more });

    await each("before the first: dropped and counted, after it well", (family) => {
      udpService(family);
      const [one, two, three] = pieces(datagram(family), [16, 32]) as [Uint8Array, Uint8Array, Uint8Array];
      assert.deepEqual(on.verdicts([three, one, two, three]), ["drop", "redirect", "redirect", "redirect"]);
      assert.equal(on.lost, 1);
    });

    await each("two clients with one identification, in turns", (family) => {
      const id = udpService(family);
      place.put(id, 1, { port: 53 });
      const segments = [0, 1].map((client) => ({ family, protocol: "udp" as const, payload, client }));
      const asked = segments.map((segment) => pieces(fromClient(segment), [8, 80]));
      const got = segments.map((segment, i) => pieces(toServer(i ^ 1, segment, { port: 53 }), [8, 80]));
      for (const i of [0, 1, 2])
        for (const client of [0, 1]) on.becomes([asked[client]![i]!], [got[client]![i]!]);
    });

    await each("an identification that is used again is the newer packet's", (family) => {
      udpService(family);
      for (const port of [1, 2]) {
        const segment = { family, protocol: "udp" as const, payload, port };
        on.becomes(pieces(fromClient(segment), [8]), pieces(toServer(0, segment, { port: 53 }), [8]));
      }
      assert.equal(place.all().length, 4);
    });

    await each("30 seconds after the first", (family) => {
      udpService(family);
      const [one, two] = pieces(datagram(family), [16]) as [Uint8Array, Uint8Array];
      assert.deepEqual(on.verdicts([one]), ["redirect"]);
      const map = place.state.maps["fragments"]!;
      const age = (seconds: number) => {
        for (const [key, value] of map.entries()) {
          const record = FragmentRecord.over(value);
          record.seen = (record.seen - ticks(seconds)) >>> 0;
          map.update(key, value);
        }
      };
      age(29);
      assert.deepEqual(on.verdicts([two]), ["redirect"]);
      age(2);
      assert.deepEqual(on.verdicts([two]), ["drop"]);
      assert.equal(on.lost, 1);
    });

    await each("a first one without a whole TCP or SCTP header (RFC 1858), and what follows it", (family) => {
      for (const [protocol, cut, verdict] of [
        ["tcp", 8, "drop"],
        ["tcp", 16, "drop"],
        ["tcp", 24, "redirect"],
        ["sctp", 8, "drop"],
        ["sctp", 16, "redirect"],
        ["udp", 8, "redirect"],
      ] as const) {
        place.reset();
        place.put(place.service({ family, protocol }), 0);
        const frames = pieces(fromClient({ family, protocol, ...begins[protocol] }), [cut], cut);
        assert.deepEqual(on.verdicts(frames), [verdict, verdict], `${protocol} ${cut}`);
        assert.equal(on.lost, verdict === "drop" ? 2 : 0);
        assert.equal(place.all().length, verdict === "drop" ? 0 : 2);
      }
    });

    await each("a later one over the TCP header of the first", (family) => {
      place.put(place.service({ family }), 0);
      const frame = fromClient({ family, ...begins.tcp });
      const [one] = pieces(frame, [40]);
      const overlapping = pieces(frame, [8])[1]!;
      assert.deepEqual(on.verdicts([one!, overlapping]), ["redirect", "drop"]);
      assert.equal(on.lost, 1);
    });

    await each("NAT of SCTP to another port: its checksum can't be made", (family) => {
      place.put(place.service({ family, protocol: "sctp" }), 0, { port: 81 });
      const frames = pieces(fromClient({ family, protocol: "sctp", ...begins.sctp }), [40]);
      const device = place.device;
      const run = (frame: Uint8Array) => place.inside(() => place.runHere(hook, frame, device)).verdict;
      assert.deepEqual(run(frames[0]!), "drop");
      assert.equal(on.lost, 1);
    });

    await each("among more first ones than there is room for", (family) => {
      udpService(family);
      const [one, two] = pieces(datagram(family), [16], 77) as [Uint8Array, Uint8Array];
      assert.deepEqual(on.verdicts([one]), ["redirect"]);
      const map = place.state.maps["fragments"]!;
      const value = FragmentRecord.encode({ ports: 0n, seen: 0, server: 0, stamp: 0, padding: 0 });
      for (let identification = 0; identification < 2 * capacity.fragments; identification++)
        map.update(
          FragmentKey.encode({
            addresses: [1n, 0n, 0n, 0n],
            identification,
            protocol: 17,
            family: 9,
            padding: [0, 0],
          }),
          value,
        );
      assert.deepEqual(on.verdicts([two, one, two]), ["drop", "redirect", "redirect"]);
    });
  });

for (const hook of hooks)
  test(`${hook}: fragments that are not ours`, async (t) => {
    const place = widePlace(t);
    if (!place) return;
    const on = new Pieces(place, hook);
    for (const family of families) {
      place.reset();
      place.put(place.service({ family, protocol: "udp" }), 0);
      const frames = (more: Segment) =>
        pieces(fromClient({ family, protocol: "udp", payload, ...more }), [16, 32]);
      const cases: readonly [string, readonly Uint8Array[]][] = [
        ["another port of the VIP", frames({ virtualPort: 9999 })],
        ["another address, and without the first", frames({ to: owns[family] }).slice(1)],
        ["forwarded to others, and without the first", frames({ to: clientAddress(family, 9) }).slice(1)],
        ["a protocol that no service of the VIP has", frames({ protocol: "tcp" }).slice(1)],
        [
          "an echo request",
          pieces(
            family === 4
              ? ethernet({ source: routerMac, destination: directorMac })
                  .ipv4({ source: clientAddress(4), destination: vips[4] })
                  .echo({ identifier: 1, sequence: 1 })
                  .payload(payload)
              : ethernet({ source: routerMac, destination: directorMac })
                  .ipv6({ source: clientAddress(6), destination: vips[6] })
                  .echo({ identifier: 1, sequence: 1 })
                  .payload(payload),
            [16, 32],
          ),
        ],
      ];
      for (const [about, sent] of cases)
        await t.test(`IPv${family}: ${about}`, () => {
          assert.deepEqual(new Set(on.verdicts(sent)), new Set(["pass"]));
          assert.equal(on.lost, 0);
        });
      await t.test(`IPv${family}: of a server, without the first`, () => {
        const answer = fromServer(0, { family, protocol: "udp", payload }, 80);
        assert.deepEqual(on.verdicts(pieces(answer, [16]).slice(1), "back"), ["pass"]);
      });
      await t.test(`IPv${family}: of a removed VIP`, () => {
        const known = place.plane.services().map(({ id }) => id);
        for (const id of known) place.configure((plane) => plane.deleteService(id));
        assert.deepEqual(on.verdicts(frames({}).slice(1)), ["pass", "pass"]);
      });
    }
  });

for (const hook of hooks)
  test(`${hook}: all fragments of a datagram go to one server also without connections`, (t) => {
    const place = widePlace(t);
    if (!place) return;
    const on = new Pieces(place, hook);
    for (const family of families) {
      place.reset();
      const id = place.service({ family, protocol: "udp", onePacket: true });
      for (const number of [0, 1]) place.put(id, number, { method: "droute" });
      const segment = { family, protocol: "udp" as const, payload };
      const packets = [1, 2, 3, 4].map((identification) =>
        pieces(fromClient(segment), [8, 80], identification),
      );
      const got = (number: number, identification: number) =>
        pieces(toServer(number, segment), [8, 80], identification);
      on.becomes(packets[0]!, got(1, 1));
      on.becomes(packets[1]!, got(0, 2));
      on.becomes(packets[2]!.slice(0, 2), got(1, 3).slice(0, 2));
      assert.deepEqual(place.countsOf(id, 1).slice(3, 5), [2, 2]);
      place.take(id, 1);
      assert.deepEqual(on.verdicts(packets[2]!.slice(2)), ["drop"]);
      assert.equal(on.lost, 1);
      assert.deepEqual(place.all(), []);
    }
  });

for (const hook of hooks)
  test(`${hook}: IPv6 extension headers`, async (t) => {
    const place = widePlace(t);
    if (!place) return;
    const on = new Pieces(place, hook);
    const cases = {
      "hop-by-hop options": [options("hopByHop")],
      "all that may be, a route at its end": [
        options("hopByHop", 22),
        options("destination"),
        route(0),
        options("destination", 14),
      ],
      "a fragment header before a whole packet": [atomic()],
      "as many bytes as may be": [options("destination", 246)],
    };
    for (const protocol of protocols)
      for (const [about, extensions] of Object.entries(cases))
        await t.test(`${protocol}, ${about}: directed`, () => {
          place.reset();
          const id = place.service({ family: 6, protocol });
          place.put(id, 0, { port: 8080 });
          const segment = { family: 6, protocol, ...begins[protocol] } as const;
          const next = { family: 6, protocol, ...goesOn[protocol] } as const;
          const extended = (frame: Uint8Array) => withExtensions(frame, extensions);
          const nat = { port: 8080 };
          for (const one of [segment, next])
            on.becomes([extended(fromClient(one))], [extended(toServer(0, one, nat))]);
          on.becomes([extended(fromServer(0, next, 8080))], [extended(toClient(next))], "back");
          const bytes = extended(fromClient(segment)).length + extended(fromClient(next)).length - 28;
          assert.deepEqual(place.countsOf(id, 0).slice(3, 6), [1, 2, bytes]);
          if (protocol === "sctp") return;
          // And cut behind the options, in the middle of the payload.
          const cut = extended(fromClient(next)).length - 54 - 51;
          const whole = [fromClient(next), toServer(0, next, nat)].map(extended) as [Uint8Array, Uint8Array];
          if (about.startsWith("a fragment")) return;
          const [asked, got] = whole.map((frame) => pieces(frame, [cut & ~7], 99)) as [
            Uint8Array[],
            Uint8Array[],
          ];
          on.becomes(asked, got);
          assert.equal(on.lost, 0);
        });

    const others = {
      "a route not at its end": [route(1)],
      "six of them": [1, 2, 3, 4, 5, 6].map(() => options("destination")),
      "more bytes than may be": [options("destination", 254), options("destination")],
      authenticated: [{ type: 51, content: new Uint8Array(22) }],
      "of a kind that nobody knows": [{ type: 253, content: new Uint8Array(6) }],
    };
    for (const [about, extensions] of Object.entries(others))
      await t.test(`${about}: the host's`, () => {
        place.reset();
        place.put(place.service({ family: 6 }), 0);
        const frame = withExtensions(fromClient({ family: 6, tcp: { syn: true } }), extensions);
        assert.deepEqual(on.verdicts([frame]), ["pass"]);
        assert.deepEqual(place.all(), []);
      });
    await t.test("cut off anywhere: the host's", () => {
      place.reset();
      place.put(place.service({ family: 6 }), 0);
      const extensions = [options("hopByHop"), atomic(), options("destination", 14)];
      const frame = withExtensions(fromClient({ family: 6, tcp: { syn: true } }), extensions);
      for (let length = 54; length < frame.length; length++)
        assert.deepEqual(on.verdicts([frame.subarray(0, length)]), ["pass"], `${length} bytes`);
      assert.deepEqual(place.all(), []);
    });
  });
