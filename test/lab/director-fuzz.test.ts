import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Entry } from "../../src/dataplane/xdp/layout.js";
import { SystemError } from "../../src/sys/index.js";
import { decodePacket, ethernet, ipv4, ipv6 } from "../../src/wire/index.js";
import { directorMac, hooks } from "./director-place.js";
import {
  backAddress,
  clientAddress,
  type Family,
  families,
  fromClient,
  fromServer,
  isSound,
  protocols,
  routerMac,
  type Segment,
  vips,
  type WidePlace,
  widePlace,
} from "./wide-place.js";

/** Packets that rubbish is made of, none of them of a valid flow (those have the client's port 40000). */
function originals(family: Family): Uint8Array[] {
  const port = 50_000;
  const link = () => ethernet({ source: routerMac, destination: directorMac });
  const ends = { source: clientAddress(family, 5), destination: vips[family] };
  const ip = (more: object = {}) =>
    family === 4 ? link().ipv4({ ...ends, ...more }) : link().ipv6({ ...ends, ...more });
  const segments: Segment[] = [
    {},
    { tcp: { ack: true }, payload: "some bytes" },
    { tcp: { rst: true } },
    { tcp: { syn: true, options: [{ kind: "mss", value: 1460 }] } },
    { protocol: "udp", payload: "some bytes" },
    { protocol: "udp", checksum: false, payload: "" },
    { protocol: "sctp" },
    { protocol: "sctp", chunks: ["cookieEcho", "abort"] },
    { protocol: "sctp", chunks: [], payload: "some bytes" },
    ...(family === 4 ? [{ tcp: { ack: true }, ipOptions: new Uint8Array(40).fill(1) }] : []),
  ];
  const quote = (own: Record<string, string>) =>
    (family === 4
      ? ipv4({ source: own["from"]!, destination: own["to"]! })
      : ipv6({ source: own["from"]!, destination: own["to"]! })
    )
      .tcp({ source: 80, destination: port })
      .payload("quoted");
  const [unreachable, tooBig] = family === 4 ? [3, 3] : [1, 2];
  const errors = [
    ip()
      .icmp({ type: unreachable, code: 3 })
      .payload(quote({ from: vips[family], to: clientAddress(family, 5) })),
    ip()
      .icmp({ type: tooBig, code: family === 4 ? 4 : 0, rest: 1300 })
      .payload(quote({ from: vips[family], to: clientAddress(family, 5) })),
    ip()
      .icmp({ type: unreachable, code: 1 })
      .payload(quote({ from: backAddress(family, 1), to: clientAddress(family, 5) })),
    ip().icmp({ type: 11 }).payload("no packet at all"),
    ip().icmp({ type: 200, code: 3 }).payload(""),
  ];
  const extension = { kind: "destination" as const, data: Uint8Array.of(1, 4, 0, 0, 0, 0) };
  const special =
    family === 4
      ? [
          ip({ moreFragments: true }).udp({ source: port, destination: 80 }).payload("12345678"),
          ip({ fragmentOffset: 8, protocol: 17 }).payload("12345678"),
        ]
      : [
          ip({ extensions: [extension] })
            .tcp({ source: port, destination: 80, syn: true })
            .payload(""),
          ip({ extensions: [extension, { kind: "fragment", offset: 0, more: true, identification: 1 }] })
            .udp({ source: port, destination: 80 })
            .payload("12345678"),
          ip({
            extensions: [{ kind: "fragment", offset: 8, more: false, identification: 1 }],
            protocol: 17,
          }).payload("12345678"),
        ];
  return [
    ...segments.map((segment) => fromClient({ family, client: 5, port, ...segment })),
    ...segments.map((segment) => fromServer(1, { family, client: 5, port, ...segment }, 8080)),
    ...errors,
    ...special,
  ];
}
const bases = families.flatMap(originals);

interface Rubbish {
  readonly base: number;
  readonly hook: "xdp" | "tc";
  readonly back: boolean;
  readonly cut: number | undefined;
  readonly grow: number;
  readonly changes: readonly { at: number; value: number }[];
}
const rubbish: fc.Arbitrary<Rubbish> = fc.record({
  base: fc.nat(bases.length - 1),
  hook: fc.constantFrom(...hooks),
  back: fc.boolean(),
  cut: fc.option(fc.integer({ min: 14, max: 120 }), { nil: undefined, freq: 3 }),
  grow: fc.constantFrom(0, 0, 0, 1, 6, 1400),
  // Most in the headers.
  changes: fc.array(
    fc.record({
      at: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 14, max: 60 }) },
        { weight: 1, arbitrary: fc.nat(120) },
      ),
      value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 255)),
    }),
    { maxLength: 4 },
  ),
});

function bytesOf({ base, cut, grow, changes }: Rubbish): Uint8Array {
  const bytes = Buffer.concat([bases[base]!, new Uint8Array(grow)]);
  for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value;
  return Uint8Array.from(cut === undefined ? bytes : bytes.subarray(0, Math.max(14, cut)));
}

/** Whether a changed packet has become one of a valid flow, wherever its ports may stand now. */
const isValidFlow = (bytes: Uint8Array) => Buffer.from(bytes).includes(Buffer.of(40_000 >> 8, 40_000 & 255));

/** The entries of valid flows, byte by byte. */
const valid = (place: WidePlace): string[] =>
  place
    .all()
    .filter(({ entry }) => entry.clientPort === 40_000 || entry.virtualPort === 40_000)
    .map(({ slot }) => {
      const { bytes } = place.state.maps["connections"]!.memory();
      return `${slot}: ${Buffer.from(bytes.subarray(slot * Entry.size, (slot + 1) * Entry.size)).toString("hex")}`;
    });

test("rubbish: a verdict for everything, nothing changed that passes, no harm to others", (t) => {
  const place = widePlace(t, 4096);
  if (!place) return;
  place.reset();
  const flows: Segment[] = [];
  const ids = families.flatMap((family) =>
    protocols.flatMap((protocol) => {
      const id = place.service({ family, protocol });
      place.put(id, 1, { port: 8080 });
      const other = place.service({ family, protocol, port: 81, persistent: 100 });
      place.put(other, 2, { method: "droute" });
      for (const virtualPort of [80, 81]) {
        flows.push({ family, protocol, virtualPort });
        assert.equal(place.send("xdp", fromClient({ family, protocol, virtualPort })).verdict, "redirect");
      }
      return [
        [id, 1],
        [other, 2],
      ] as const;
    }),
  );
  for (const { slot } of place.all()) place.expireIn(slot, 1000);
  const before = valid(place);
  assert.equal(before.length, 3 * 2 * 3, "connections and aliases");
  const sendOne = (one: Rubbish) => {
    const bytes = bytesOf(one);
    if (isValidFlow(bytes)) return;
    try {
      const { verdict, packet } = place.runHere(one.hook, bytes, one.back ? place.back : place.device);
      if (verdict === "pass")
        assert.deepEqual(Buffer.from(packet), Buffer.from(bytes), "what passes is as it was");
      const [was, is] = [decodePacket(bytes), decodePacket(packet)];
      const isWhole = was && !(was.ipv4 ?? was.ipv6)?.cut && isSound(was);
      if (verdict === "redirect" && isWhole) assert.ok(is && isSound(is), "sound in, sound out");
    } catch (error) {
      // The kernel itself refuses to try tc with less than the IP header that the frame announces.
      if (SystemError.is(error, "EINVAL") && one.hook === "tc" && bytes.length < 54) return;
      throw error;
    }
  };
  let packets = 0;
  fc.assert(
    fc.property(fc.array(rubbish, { minLength: 50, maxLength: 200, size: "max" }), (all) => {
      place.inside(() => all.forEach(sendOne));
      packets += all.length;
      assert.deepEqual(valid(place), before, "valid flows' entries");
    }),
    { numRuns: 60, interruptAfterTimeLimit: 8_000 },
  );
  t.diagnostic(`${packets} packets`);
  // The sweeper takes those out that are over, and counts, while we look.
  for (const { slot } of place.all()) place.expireIn(slot, 1000);
  const active = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYNACK"];
  const rows = place.rows().map(({ row }) => row);
  for (const [id, number] of ids) {
    if (id.kind === "mark") continue;
    const family = id.address.family as Family;
    const mine = rows.filter(
      ({ protocol, server, virtual, template }) =>
        !template &&
        protocol === id.protocol &&
        virtual.port === id.port &&
        `${server.address}` === backAddress(family, number),
    );
    const busy = mine.filter(({ state }) =>
      id.protocol === "sctp" ? state === "ESTABLISHED" : active.includes(state),
    );
    assert.deepEqual(
      place.countsOf(id, number).slice(0, 2),
      [busy.length, mine.length - busy.length],
      `${id.protocol} ${id.address} ${id.port}`,
    );
  }
  // They go on.
  for (const flow of flows)
    assert.equal(
      place.send("tc", fromClient({ ...flow, tcp: { ack: true }, chunks: ["sack"] })).verdict,
      "redirect",
    );
});
