import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyAddress, serverSpec, serviceSpec } from "../../../test/support/ipvs-arbitraries.js";
import { noCounters, noRates, type SyncDaemon } from "../../ipvs/model.js";
import { Attributes, BodyWriter, MalformedMessageError } from "../../netlink/index.js";
import { IpAddress } from "../../wire/address.js";
import { parseConnectionLine } from "./connection-line.js";
import { readDaemon, writeDaemon } from "./daemon-codec.js";
import { readServer, writeServer } from "./server-codec.js";
import { readService, writeService } from "./service-codec.js";
import { readTraffic } from "./statistics.js";

const written = (write: (body: BodyWriter) => unknown): Attributes => {
  const body = new BodyWriter();
  write(body);
  return Attributes.parse(body.finish());
};
const idle = { counters: noCounters, rates: noRates };

test("a service that is written is read as it was", () => {
  fc.assert(
    fc.property(serviceSpec, (spec) => {
      assert.deepEqual(readService(written((body) => writeService(body, spec))), {
        ...spec,
        id: { ...spec.id },
        ...idle,
      });
    }),
  );
});

test("a server that is written is read as it was", () => {
  const none = { active: 0, inactive: 0, persistent: 0, ...idle };
  const plainTunnel = { type: "ipip", port: 0, checksum: "none" };
  fc.assert(
    fc.property(
      serviceSpec.chain(({ id }) => serverSpec(id)),
      (spec) => {
        const { tunnel, ...rest } = spec;
        const shown = spec.method === "tunnel" ? { tunnel: { ...(tunnel ?? plainTunnel) } } : {};
        assert.deepEqual(readServer(written((body) => writeServer(body, spec))), {
          ...rest,
          ...shown,
          ...none,
        });
      },
    ),
  );
});

test("a sync daemon that is written is read as it was; what was left out stays out", () => {
  const number = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined });
  const daemon = fc
    .record({
      role: fc.constantFrom("master" as const, "backup" as const),
      multicastInterface: fc.constantFrom("eth0", "lo", "bond0.17"),
      syncId: fc.integer({ min: 0, max: 255 }),
      maxLength: number(65_507),
      group: fc.option(anyAddress, { nil: undefined }),
      port: number(65_535),
      ttl: number(255),
    })
    .map(
      (all) =>
        Object.fromEntries(
          Object.entries(all).filter(([, value]) => value !== undefined),
        ) as unknown as SyncDaemon,
    );
  fc.assert(
    fc.property(daemon, (spec) => {
      assert.deepEqual(readDaemon(written((body) => writeDaemon(body, spec))), spec);
    }),
  );
});

test("the numbers of a service, byte for byte as include/uapi/linux/ip_vs.h has them", () => {
  const id = { kind: "address", protocol: "tcp", address: IpAddress.of("192.0.2.10"), port: 80 } as const;
  const netmask = IpAddress.of("255.255.255.0");
  const attributes = written((body) =>
    writeService(body, {
      id,
      scheduler: "sh",
      schedulerFlags: ["sh-fallback", "sh-port"],
      persistence: { timeout: 360, netmask },
      onePacket: false,
    }),
  );
  const hex = attributes.all.map(({ type, value }) => `${type}:${Buffer.from(value).toString("hex")}`);
  assert.deepEqual(hex, [
    "1:0200",
    "2:0600",
    `3:c000020a${"00".repeat(12)}`,
    "4:0050",
    "6:736800",
    "7:19000000ffffffff",
    "8:68010000",
    "9:ffffff00",
  ]);
});

test("statistics of 64 bits count more than those of 32, which old kernels have alone", () => {
  const wide = new BodyWriter().bytes(1, new Uint8Array(BigUint64Array.of(2n ** 40n).buffer));
  const narrow = new BodyWriter()
    .u32(1, 7)
    .bytes(4, new Uint8Array(BigUint64Array.of(2n ** 33n).buffer))
    .u32(6, 5);
  const both = written((body) => body.bytes(12, wide.finish()).bytes(10, narrow.finish()));
  assert.equal(readTraffic(both, 12, 10).counters.connections, 2n ** 40n);
  const { counters, rates } = readTraffic(
    written((body) => body.bytes(10, narrow.finish())),
    12,
    10,
  );
  assert.deepEqual([counters.connections, counters.inBytes, rates.connections], [7n, 2n ** 33n, 5]);
});

test("bytes that are no answer are refused as such, whatever they are", () => {
  const attribute = fc
    .tuple(fc.integer({ min: 0, max: 16 }), fc.uint8Array({ maxLength: 20 }))
    .map(([type, value]) => new BodyWriter().bytes(type, value).finish());
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(attribute, { maxLength: 12 }).map((parts) => new Uint8Array(Buffer.concat(parts))),
  );
  fc.assert(
    fc.property(body, (bytes) => {
      for (const read of [readService, readServer, readDaemon])
        try {
          read(Attributes.parse(bytes));
        } catch (error) {
          if (!(error instanceof MalformedMessageError)) throw error;
        }
    }),
    { numRuns: 2000 },
  );
});

test("lines of /proc/net/ip_vs_conn", () => {
  const lines: [string, string | undefined][] = [
    ["Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData", undefined],
    [
      "TCP C0A80102 9C41 0A090909 0050 0A000202 1F90 ESTABLISHED     897",
      "tcp ESTABLISHED 897 192.168.1.2:40001 10.9.9.9:80 10.0.2.2:8080 false",
    ],
    [
      "TCP C0A80100 0000 0A090909 0050 0A000202 0050 ASSURED         359",
      "tcp ASSURED 359 192.168.1.0:0 10.9.9.9:80 10.0.2.2:80 true",
    ],
    [
      "IP  C0A80100 0000 00000007 0000 0A000202 0000 NONE            360",
      "ip NONE 360 192.168.1.0:0 0.0.0.7:0 10.0.2.2:0 true",
    ],
    [
      "UDP FD66:0000:0000:0000:0000:0000:0000:0002 1388 fd66:0000:0000:0000:0000:0000:0000:0100 0035 0A000202 0035 UDP             299",
      "udp UDP 299 fd66::2:5000 fd66::100:53 10.0.2.2:53 false",
    ],
    [
      "UDP C0A80102 13C4 0A090909 13C4 0A000202 13C4 UDP             300 sip 7-a b@x",
      "udp UDP 300 192.168.1.2:5060 10.9.9.9:5060 10.0.2.2:5060 false sip=7-a b@x",
    ],
    ["TCP C0A801 9C41 0A090909 0050 0A000202 1F90 ESTABLISHED     897", undefined],
    ["ICMP C0A80102 9C41 0A090909 0050 0A000202 1F90 NONE     897", undefined],
  ];
  for (const [line, wanted] of lines) {
    const entry = parseConnectionLine(line);
    const end = ({ address, port }: { address: IpAddress; port: number }) => `${address}:${port}`;
    const engine = entry?.engine ? ` ${entry.engine.name}=${entry.engine.data}` : "";
    const told =
      entry &&
      `${entry.protocol} ${entry.state} ${entry.expires} ${end(entry.client)} ${end(entry.virtual)} ${end(entry.server)} ${entry.template}${engine}`;
    assert.equal(told, wanted, line);
  }
  fc.assert(fc.property(fc.string(), (line) => void parseConnectionLine(line)));
});
