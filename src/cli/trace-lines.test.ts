import assert from "node:assert/strict";
import { test } from "node:test";
import type { CapturedServer, TracedPacket } from "../dataplane/xdp/index.js";
import { ethernet, IpAddress } from "../wire/index.js";
import { readPacket } from "./capture-lines.js";
import { traceJson } from "./trace-json.js";
import { briefLine, type ReadTrace, traceBlock } from "./trace-lines.js";
import { namesOf, numericNames } from "./trace-names.js";

const frame = (bytes: Uint8Array) => ({ bytes, length: bytes.length });
const at = (text: string, port: number) => ({ address: IpAddress.of(text), port });
const macs = { source: "02:00:00:00:00:01", destination: "02:00:00:00:00:02" };
const syn = (destination: string, port: number) =>
  frame(
    ethernet(macs)
      .ipv4({ source: "10.0.0.1", destination })
      .tcp({ source: 4000, destination: port, syn: true })
      .bytes(),
  );
const devices = [
  { index: 2, name: "eth0" },
  { index: 3, name: "eth1" },
];
const flow = { protocol: "tcp", client: at("10.0.0.1", 4000), virtual: at("10.0.0.9", 80) } as const;
const server: CapturedServer = {
  ...at("10.0.1.1", 8080),
  method: "masq",
  service: { kind: "address", protocol: "tcp", ...at("10.0.0.9", 80) },
  device: 3,
};
const candidate = (index: number, weight: number) => ({
  index,
  server: { ...server, address: IpAddress.of(`10.0.1.${index}`) },
  weight,
  active: 0,
  inactive: 0,
  overloaded: false,
  remembered: false,
  ...(weight === 0 ? { refused: "weight 0" as const } : { load: 0 }),
});
const base: TracedPacket = {
  at: BigInt(new Date(2026, 1, 3, 4, 5, 6).getTime()) * 1_000_000n,
  device: 2,
  course: "request",
  fate: "sent",
  came: syn("10.0.0.9", 80),
  left: syn("10.0.1.1", 8080),
  flow,
  connection: flow,
  entry: "made",
  after: { state: "SYN_RECV", active: true, seconds: 60 },
  server,
  service: { id: server.service },
  choice: {
    scheduler: "wlc",
    count: 20,
    candidates: [candidate(1, 1), candidate(2, 0)],
    winner: candidate(1, 1),
    why: "(257·0 + 0) / 1 = 0 is least",
  },
};
const read = (packet: TracedPacket): ReadTrace => ({ ...readPacket(packet), packet });
const block = (packet: TracedPacket) => traceBlock(read(packet), numericNames, devices);
const step = (packet: TracedPacket, name: string) =>
  block(packet)
    .find((line) => line.startsWith(`  ${name} `))
    ?.slice(13);

test("a packet's block: a line for each step, the candidates in columns", () => {
  assert.deepEqual(block(base), [
    "04:05:06.000000 eth0  tcp 10.0.0.1:4000 > 10.0.0.9:80 SYN",
    "  table      made: SYN_RECV, 1m00s left",
    "  service    tcp 10.0.0.9:80",
    "  scheduler  wlc: 10.0.1.1:8080, (257·0 + 0) / 1 = 0 is least",
    "      server         weight  active  inactive      load",
    "    * 10.0.1.1:8080       1       0         0         0",
    "      10.0.1.2:8080       0       0         0  weight 0",
    "      … and 18 more",
    "  rewriting  destination 10.0.0.9:80 -> 10.0.1.1:8080",
    "  way out    eth1, 02:00:00:00:00:01 > 02:00:00:00:00:02: to 10.0.1.1:8080 (Masq)",
    "",
  ]);
  assert.equal(
    briefLine(read(base), numericNames),
    "04:05:06.000000 tcp 10.0.0.1:4000 > 10.0.0.9:80 -> 10.0.1.1:8080 (Masq), wlc: (257·0 + 0) / 1 = 0 is least",
  );
});

test("what the table had", () => {
  const { service, choice, after, ...known } = base;
  const found = { ...known, entry: "found" } as const;
  const seen = (state: string, seconds: number) => ({ state, active: true, seconds });
  for (const [packet, text] of [
    [
      { ...found, before: seen("SYN_RECV", 57.4), after: seen("ESTABLISHED", 900) },
      "found: SYN_RECV, 57s left; then ESTABLISHED, 15m00s left",
    ],
    [
      { ...found, before: seen("ESTABLISHED", 800), after: seen("ESTABLISHED", 900) },
      "found: ESTABLISHED, 13m20s left, again 15m00s",
    ],
    [{ ...found, before: seen("ESTABLISHED", -2), fate: "dropped" }, "found: ESTABLISHED, over"],
    [
      { ...found, entry: "renewed", before: seen("TIME_WAIT", 90), after: seen("SYN_RECV", 60) },
      "made anew: was TIME_WAIT, 1m30s left; then SYN_RECV, 1m00s left",
    ],
    [{ ...found, entry: "none" }, "no entry"],
    [{ ...found, entry: "none", fate: "passed" }, "no entry, and none was made"],
  ] as const)
    assert.equal(step(packet as TracedPacket, "table"), text);
  assert.equal(briefLine(read(found), numericNames), undefined, "no connection begins with it");
});

test("a template, no service, a tunnel, what went nowhere", () => {
  const template = {
    made: false,
    client: IpAddress.of("10.0.0.0"),
    virtual: at("10.0.0.9", 0),
    seconds: 300,
    connections: 1,
  };
  assert.equal(
    step({ ...base, template }, "template"),
    "found: 10.0.0.0 > 10.0.0.9, any port, 1 connection before this one, 5m00s from now on",
  );
  const { left, choice, server: _, ...unsent } = base;
  const passed = { ...unsent, fate: "passed", entry: "none", service: { id: undefined } } as const;
  assert.equal(step(passed, "service"), "none wants it");
  assert.equal(step(passed, "way out"), "to the host");
  const refused = {
    ...unsent,
    fate: "dropped",
    reason: "no_server",
    entry: "none",
    choice: { scheduler: "rr", count: 0, candidates: [], why: "no candidate: the service has no server" },
  } as const;
  assert.equal(step(refused, "way out"), "dropped: no_server");
  assert.match(
    briefLine(read(refused), numericNames)!,
    / -> nobody, rr: no candidate: .* no server, no_server$/,
  );
  const ends = { source: "10.0.1.254", destination: "10.0.1.1" };
  const wrapped = ethernet(macs)
    .ipv4({ ...ends, protocol: 4 })
    .payload(base.came.bytes.subarray(14));
  const tunnelled = { ...base, server: { ...server, method: "tunnel" as const }, left: frame(wrapped) };
  assert.equal(step(tunnelled, "wrapping"), "ipip, 10.0.1.254 > 10.0.1.1");
  assert.equal(step(tunnelled, "rewriting"), undefined);
  const json = JSON.parse(traceJson(read(tunnelled), "eth0", "eth1"));
  assert.deepEqual(json.rewriting, { outer: { kind: "ipip", ...ends } });
  assert.deepEqual(JSON.parse(traceJson(read(base), "eth0", "eth1")).rewriting, {
    destination: { from: "10.0.0.9:80", to: "10.0.1.1:8080" },
  });
});

test("names: each is asked for once; an address without one stays", async () => {
  const asked: string[] = [];
  const names = namesOf({
    address: async () => undefined,
    namesOf: async (addresses) => {
      asked.push(...addresses.map(String));
      return new Map([["10.0.1.1", "web1"]]);
    },
    services: { name: (port: number) => (port === 80 ? "http" : undefined) } as never,
  });
  await names.learn(base);
  assert.equal(names.learn(base), undefined);
  assert.deepEqual(asked, ["10.0.0.1", "10.0.0.9", "10.0.1.1", "10.0.1.2"]);
  const lines = traceBlock(read(base), names, devices);
  assert.equal(lines[0], "04:05:06.000000 eth0  tcp 10.0.0.1:4000 > 10.0.0.9:http SYN");
  assert.equal(lines[3], "  scheduler  wlc: web1:8080, (257·0 + 0) / 1 = 0 is least");
});
