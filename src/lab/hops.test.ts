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
