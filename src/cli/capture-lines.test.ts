import assert from "node:assert/strict";
import { test } from "node:test";
import type { CapturedPacket, CapturedServer } from "../dataplane/xdp/index.js";
import { ethernet, IpAddress } from "../wire/index.js";
import { isWanted } from "./capture-filter.js";
import { leftBy, readPacket, timeText, verdictText } from "./capture-lines.js";

const frame = (bytes: Uint8Array) => ({ bytes, length: bytes.length });
const link = ethernet({ source: "02:00:00:00:00:01", destination: "02:00:00:00:00:02" });
const ends = { source: "10.0.0.1", destination: "10.0.0.9" };
const syn = frame(link.ipv4(ends).tcp({ source: 4000, destination: 80, syn: true }).bytes());
const told = frame(
  link.ipv4({ source: "10.0.0.9", destination: "10.0.0.1" }).icmp({ type: 3, code: 3 }).payload(syn.bytes),
);
const server: CapturedServer = {
  address: IpAddress.of("10.0.1.1"),
  port: 80,
  method: "tunnel",
  service: { kind: "mark", mark: 7, family: 4 },
  device: 3,
};
const base: CapturedPacket = { at: 0n, device: 2, course: "request", fate: "sent", came: syn, left: syn };

test("what became of a packet, in words", () => {
  const { left, ...unsent } = base;
  for (const [packet, text] of [
    [{ ...base, server }, "to 10.0.1.1:80 (Tunnel)"],
    [{ ...base, server: { ...server, port: 0, method: "masq" } }, "to 10.0.1.1 (Masq)"],
    [{ ...base, server, course: "reply" }, "to the client, from 10.0.1.1:80 (Tunnel)"],
    [{ ...base, left: told, reason: "no_server" }, "answered: no_server"],
    [{ ...base, came: told, left: told, course: "error" }, "follows its connection"],
    [{ ...unsent, fate: "dropped", reason: "table_full" }, "dropped: table_full"],
    [{ ...unsent, fate: "dropped" }, "dropped"],
    [{ ...unsent, fate: "passed", reason: "fragment" }, "to the host: fragment"],
    [
      { ...unsent, fate: "passed", server: { ...server, method: "local" } },
      "to the host: 10.0.1.1:80 (Local)",
    ],
    [{ ...base, left: { bytes: new Uint8Array(), length: 60 }, server }, "to 10.0.1.1:80 (Tunnel)"],
  ] as const)
    assert.equal(verdictText(readPacket(packet as CapturedPacket)), text);
});

test("the device that a packet left by", () => {
  const devices = [
    { index: 2, name: "eth0", mac: "02:00:00:00:00:01" },
    { index: 3, name: "eth1", mac: "02:00:00:00:00:03" },
  ];
  const name = (packet: CapturedPacket) => leftBy(readPacket(packet), devices)?.name;
  assert.equal(name({ ...base, server }), "eth1", "its server's");
  assert.equal(name({ ...base, left: told }), "eth0", "an answer's, by its source");
  assert.equal(name({ ...base, server, course: "reply" }), "eth0", "a reply's, by its source");
  assert.equal(name({ ...base, server: { ...server, device: 9 } }), undefined, "which is gone");
});

test("what got no server is wanted by where it was sent; a mark's service by its servers alone", () => {
  const wanted = (text: string, packet: CapturedPacket) => {
    const [address, port] = text.split(":");
    const service = {
      kind: "address",
      protocol: "tcp",
      address: IpAddress.of(address!),
      port: Number(port),
    } as const;
    return isWanted({ service }, packet, readPacket(packet).came);
  };
  assert.ok(wanted("10.0.0.9:80", base));
  assert.ok(wanted("10.0.0.9:0", base));
  assert.ok(!wanted("10.0.0.9:81", base));
  assert.ok(!wanted("10.0.0.8:80", base));
  assert.ok(!wanted("10.0.0.9:80", { ...base, server }));
  assert.ok(isWanted({ service: server.service }, { ...base, server }, undefined));
  assert.ok(!isWanted({ service: server.service }, base, readPacket(base).came));
});

test("the time as tcpdump says it", () => {
  const at = BigInt(new Date(2026, 1, 3, 4, 5, 6, 7).getTime()) * 1_000_000n;
  assert.equal(timeText(at + 8_900n), "04:05:06.007008");
});
