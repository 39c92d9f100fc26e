import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IpAddress } from "../wire/address.js";
import { parseAddress } from "./addresses.js";
import { BodyWriter } from "./attributes.js";
import { parseLink } from "./link.js";
import { checkLinkName } from "./link-name.js";
import { parseStatistics } from "./link-statistics.js";
import { MalformedMessageError } from "./malformed.js";
import { parseNeighbour } from "./neighbours.js";
import { checkPrefixLength } from "./prefix.js";
import { parseRoute, parseRouteAnswer } from "./route.js";
import { Structure } from "./structure.js";

const ip = IpAddress.of;
const parsers = { parseLink, parseStatistics, parseAddress, parseRoute, parseRouteAnswer, parseNeighbour };

/** Bodies as the kernel writes them, one of each kind, with everything in them that is read. */
const bodies: readonly Uint8Array[] = [
  new BodyWriter()
    .structure(Structure.ofSize(16).setU16(2, 1).setU32(4, 7).setU32(8, 0x10001).bytes)
    .text(3, "veth0")
    .mac(1, "02:00:00:00:00:01")
    .u32(4, 1500)
    .u32(5, 8)
    .u8(16, 6)
    .nested(18, (info) => info.text(1, "veth").text(4, "bridge"))
    .bytes(23, new Uint8Array(200))
    .nested(43, (xdp) => xdp.u8(2, 1).u32(4, 99).u32(5, 99))
    .text(56, "virtio2")
    .text(57, "virtio")
    .finish(),
  new BodyWriter()
    .structure(Structure.ofSize(8).setU8(0, 2).setU8(1, 24).setU32(4, 7).bytes)
    .address(1, ip("10.0.0.2"))
    .address(2, ip("10.0.0.1"))
    .text(3, "veth0:0")
    .bytes(6, Structure.ofSize(16).setU32(0, 10).setU32(4, 0xffffffff).bytes)
    .u32(8, 0x280)
    .finish(),
  new BodyWriter()
    .structure(Structure.ofSize(12).setU8(0, 2).setU8(1, 16).setU8(4, 254).setU8(5, 4).setU8(7, 1).bytes)
    .address(1, ip("10.20.0.0"))
    .nested(8, (metrics) => metrics.u32(2, 1300))
    .bytes(
      9,
      Buffer.concat([
        Structure.ofSize(8).setU16(0, 16).setU8(3, 2).setU32(4, 7).bytes,
        new BodyWriter().address(5, ip("10.0.0.9")).finish(),
        Structure.ofSize(8).setU16(0, 32).setU32(4, 8).bytes,
        new BodyWriter().bytes(18, Buffer.concat([Uint8Array.of(10, 0), ip("fd00::9").bytes])).finish(),
      ]),
    )
    .finish(),
  new BodyWriter()
    .structure(Structure.ofSize(12).setU8(0, 10).setU32(4, 7).setU16(8, 2).setU8(10, 0x80).bytes)
    .address(1, ip("fd00::1"))
    .mac(2, "02:00:00:00:00:01")
    .u32(15, 1)
    .finish(),
];

test("bodies are read as what they say", () => {
  const [link, address, route, neighbour] = bodies as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const { mac, ...plain } = parseLink(link);
  assert.equal(`${mac}`, "02:00:00:00:00:01");
  assert.deepEqual(plain, {
    index: 7,
    name: "veth0",
    hardwareType: 1,
    loopback: false,
    mtu: 1500,
    up: true,
    carrier: true,
    operationalState: "up",
    kind: "veth",
    portKind: "bridge",
    master: undefined,
    related: 8,
    relatedNamespace: undefined,
    xdp: { mode: "native", programIds: [99] },
    gsoMaxSize: undefined,
    gsoMaxSegments: undefined,
    groMaxSize: undefined,
    hardware: { bus: "virtio", device: "virtio2" },
  });
  assert.deepEqual(JSON.parse(JSON.stringify(parseAddress(address))), {
    link: 7,
    address: "10.0.0.1",
    prefixLength: 24,
    peer: "10.0.0.2",
    label: "veth0:0",
    scope: "global",
    preferredSeconds: 10,
    secondary: false,
    tentative: false,
    duplicate: false,
    noPrefixRoute: true,
    protocol: 0,
  });
  assert.deepEqual(JSON.parse(JSON.stringify(parseRoute(route))), {
    family: 4,
    destination: "10.20.0.0",
    prefixLength: 16,
    nextHops: [
      { gateway: "10.0.0.9", link: 7, weight: 3 },
      { gateway: "fd00::9", link: 8, weight: 1 },
    ],
    scope: "global",
    type: "unicast",
    protocol: "static",
    table: 254,
    metric: 0,
    mtu: 1300,
    tos: 0,
    metrics: { mtu: 1300 },
    lockedMetrics: [],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(parseNeighbour(neighbour))), {
    link: 7,
    address: "fd00::1",
    mac: "02:00:00:00:00:01",
    state: "reachable",
    managed: true,
    router: true,
  });
});

test("bodies that were cut or changed give a value or a clear error", () => {
  const change = fc.record({ at: fc.nat(300), value: fc.nat(255) });
  const changed = fc
    .tuple(fc.constantFrom(...bodies), fc.array(change, { maxLength: 4 }), fc.nat(300))
    .map(([body, changes, length]) => {
      const bytes = Uint8Array.from(body);
      for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value;
      return bytes.subarray(0, length);
    });
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 120 })), (body) => {
      for (const parse of Object.values(parsers))
        try {
          parse(body);
        } catch (error) {
          if (!(error instanceof MalformedMessageError)) throw error;
        }
    }),
    { numRuns: 2000 },
  );
});

test("names and prefixes are checked as the kernel checks them", () => {
  for (const name of ["eth0", "vrrp.51", "a@b", "ÄÖÜ", "123456789012345"])
    assert.equal(checkLinkName(name), name);
  for (const name of ["", ".", "..", "a b", "a/b", "a:b", "a\tb", "1234567890123456", "ÄÖÜÄÖÜÄÖ"])
    assert.throws(() => checkLinkName(name), { code: "bad-link-name" });
  assert.equal(checkPrefixLength(ip("10.0.0.1")), 32);
  assert.equal(checkPrefixLength(ip("::1")), 128);
  assert.equal(checkPrefixLength(ip("10.0.0.1"), 0), 0);
  for (const length of [-1, 33, 1.5, Number.NaN])
    assert.throws(() => checkPrefixLength(ip("10.0.0.1"), length), { code: "bad-prefix-length" });
});
