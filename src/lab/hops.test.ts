import assert from "node:assert/strict";
import { test } from "node:test";
import { ethernet } from "../wire/index.js";
import { type CapturedFrame, firstConnection, hopsOf } from "./hops.js";
import { tellHops } from "./tell-hops.js";

const mac = { client: "02:00:c0:a8:04:0a", director: "02:00:c0:a8:04:05", web1: "02:00:c0:a8:04:64" };
const client = "192.168.4.10";
const vip = "192.168.4.15";
const ends = { client: { address: client, port: 40312 }, virtual: { address: vip, port: 80 } };

let at = 1000;
const cross = (from: string, to: string, bytes: Uint8Array): CapturedFrame[] => [
  { at: (at += 10), port: from, direction: "in", bytes },
  { at: (at += 10), port: to, direction: "out", bytes: Uint8Array.from(bytes) },
];
const toVip = (source: string, destination: string, ttl = 64) =>
  ethernet({ source, destination }).ipv4({ source: client, destination: vip, identification: 7, ttl });
const syn = { source: 40312, destination: 80, sequence: 1, syn: true };
const get = { source: 40312, destination: 80, sequence: 2, acknowledgement: 9, ack: true, psh: true };

const frames: CapturedFrame[] = [
  ...cross(
    "client",
    "director",
    ethernet({ source: mac.client }).arpRequest({ senderIp: client, targetIp: vip }),
  ),
  ...cross(
    "client",
    "director",
    toVip(mac.client, mac.director)
      .tcp({ ...syn, source: 40000 })
      .bytes(),
  ),
  ...cross("client", "director", toVip(mac.client, mac.director).tcp(syn).bytes()),
  ...cross("director", "web1", toVip(mac.director, mac.web1).tcp(syn).bytes()),
  ...cross(
    "web1",
    "client",
    ethernet({ source: mac.web1, destination: mac.client })
      .ipv4({ source: vip, destination: client })
      .tcp({ source: 80, destination: 40312, sequence: 8, acknowledgement: 2, syn: true, ack: true })
      .bytes(),
  ),
  ...cross("client", "director", toVip(mac.client, mac.director).tcp(get).payload("GET / HTTP/1.1\r\n\r\n")),
  ...cross("director", "web1", toVip(mac.director, mac.web1, 63).tcp(get).payload("GET / HTTP/1.1\r\n\r\n")),
  ...cross(
    "client",
    "director",
    toVip(mac.client, mac.director)
      .tcp({ ...get, sequence: 20, psh: false })
      .bytes(),
  ),
];

const hops = hopsOf(frames, ends, (port) => port);

test("each crossing of the switch by this connection is a hop", () => {
  assert.deepEqual(
    hops.map(({ from, to, packet }) => `${from} ${to} ${packet}`),
    [
      "client director SYN",
      "director web1 SYN",
      "web1 client SYN, ACK",
      "client director GET / HTTP/1.1",
      "director web1 GET / HTTP/1.1",
      "client director ACK",
    ],
  );
  assert.equal(hops[0]!.after, 0);
  assert.equal(hops[1]!.after, 20);
});

test("what the director changed is seen by comparing the frames", () => {
  assert.equal(hops[0]!.changed, undefined);
  assert.deepEqual(hops[1]!.changed, ["source MAC", "destination MAC"]);
  assert.equal(hops[1]!.destinationMac, mac.web1);
  assert.equal(hops[1]!.destination, "192.168.4.15:80");
  assert.equal(hops[2]!.changed, undefined);
  assert.deepEqual(hops[4]!.changed, ["source MAC", "destination MAC", "TTL"]);
});

test("told on lines that fit", () => {
  const lines = tellHops(
    hops,
    (address) => Object.entries(mac).find(([, value]) => value === address)?.[0] ?? "?",
  );
  assert.ok(
    lines.includes("           director rewrote both MAC addresses; the IP packet is unchanged"),
    lines.join("\n"),
  );
  assert.ok(lines.includes("           director rewrote both MAC addresses; of the IP packet only: TTL"));
  assert.equal(lines.at(-1), "      and 1 more: ACK and FIN, by the same way");
  assert.ok(lines.every((line) => line.length <= 100));
});

test("a connection is found by its first packet", () => {
  assert.deepEqual(firstConnection(frames.slice(4), client, ends.virtual), ends);
  assert.equal(firstConnection(frames, "192.168.4.11", ends.virtual), undefined);
});

const rip = "192.168.2.100";
const inner = { director: "02:00:c0:a8:02:05", web1: "02:00:c0:a8:02:64" };
const synAck = { sequence: 8, acknowledgement: 2, syn: true, ack: true };

test("NAT: the director's two ports are one host; address and port are told with what they were, both ways", () => {
  const hostAt = (port: string) => port.split("-")[0]!;
  const masked = hopsOf(
    [
      ...cross("client", "director-ens33", toVip(mac.client, mac.director).tcp(syn).bytes()),
      ...cross(
        "director-ens37",
        "web1",
        ethernet({ source: inner.director, destination: inner.web1 })
          .ipv4({ source: client, destination: rip, identification: 7, ttl: 63 })
          .tcp({ ...syn, destination: 8080 })
          .bytes(),
      ),
      ...cross(
        "web1",
        "director-ens37",
        ethernet({ source: inner.web1, destination: inner.director })
          .ipv4({ source: rip, destination: client, identification: 0 })
          .tcp({ source: 8080, destination: 40312, ...synAck })
          .bytes(),
      ),
      ...cross(
        "director-ens33",
        "client",
        ethernet({ source: mac.director, destination: mac.client })
          .ipv4({ source: vip, destination: client, identification: 0, ttl: 63 })
          .tcp({ source: 80, destination: 40312, ...synAck })
          .bytes(),
      ),
    ],
    ends,
    hostAt,
  );
  assert.deepEqual(
    masked.map(({ from, to, source, destination, changed, was }) => ({
      way: `${from} ${to} ${source} ${destination}`,
      changed: changed?.filter((what) => !what.endsWith("MAC")),
      was,
    })),
    [
      { way: "client director 192.168.4.10:40312 192.168.4.15:80", changed: undefined, was: undefined },
      {
        way: "director web1 192.168.4.10:40312 192.168.2.100:8080",
        changed: ["destination address", "TTL", "destination port"],
        was: { destination: "192.168.4.15:80" },
      },
      { way: "web1 director 192.168.2.100:8080 192.168.4.10:40312", changed: undefined, was: undefined },
      {
        way: "director client 192.168.4.15:80 192.168.4.10:40312",
        changed: ["source address", "TTL", "source port"],
        was: { source: "192.168.2.100:8080" },
      },
    ],
  );
  const lines = tellHops(masked, () => "somebody's eth0");
  assert.ok(
    lines.includes("           destination 192.168.4.15:80 became 192.168.2.100:8080"),
    lines.join("\n"),
  );
  assert.ok(lines.includes("           source 192.168.2.100:8080 became 192.168.4.15:80"));
  assert.ok(lines.every((line) => line.length <= 100));
});

test("TUN: a packet in a tunnel is the client's own, with the outer header told beside it", () => {
  const outer = { source: "192.168.4.5", destination: "192.168.4.100" };
  const tunnel = ethernet({ source: mac.director, destination: mac.web1 });
  const within = { source: client, destination: vip, identification: 7, ttl: 63 };
  for (const [type, bytes] of [
    ["IPIP", tunnel.ipv4(outer).ipip(within).tcp(syn).bytes()],
    ["GRE", tunnel.ipv4(outer).gre().ipv4(within).tcp(syn).bytes()],
    ["GUE", tunnel.ipv4(outer).gue({ source: 1, destination: 7000 }).ipv4(within).tcp(syn).bytes()],
  ] as const) {
    const way = hopsOf(
      [
        ...cross("client", "director", toVip(mac.client, mac.director).tcp(syn).bytes()),
        ...cross("director", "web1", bytes),
      ],
      ends,
      (port) => port,
    );
    assert.equal(way.length, 2, type);
    assert.deepEqual(way[1]!.tunnel, { type, ...outer });
    assert.equal(way[1]!.destination, "192.168.4.15:80");
    assert.deepEqual(way[1]!.changed, ["source MAC", "destination MAC", "TTL", "outer header"]);
    assert.equal(way[1]!.was, undefined);
    const lines = tellHops(way, () => "somebody's eth0");
    assert.ok(lines.includes(`      ${type.padEnd(4)} 192.168.4.5 → 192.168.4.100`), lines.join("\n"));
    assert.ok(lines.includes("           director put the IP packet into one of its own to the real server"));
  }
});
