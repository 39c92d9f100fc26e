import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { describe, ethernet, writePcap } from "../../src/wire/index.js";

const client = "02:00:c0:a8:04:0a";
const toVip = { source: "192.168.4.10", destination: "192.168.4.15" };
const toClient = { source: "192.168.4.15", destination: "192.168.4.10" };
const frame = ethernet({ source: client, destination: "02:00:c0:a8:04:05" });
const asked = { senderIp: "192.168.4.10", targetIp: "192.168.4.15" };
const failed = frame.ipv4(toVip).udp({ source: 5000, destination: 6000 }).payload("lost").subarray(14);
const refused = frame.ipv4(toVip).tcp({ source: 5000, destination: 81, syn: true }).bytes().subarray(14);
const odd = frame
  .ipv4({ ...toVip, protocol: 112 })
  .payload("12345678")
  .subarray(14);

const frames: readonly Uint8Array[] = [
  frame.arpRequest(asked),
  Uint8Array.of(...frame.arpRequest(asked), ...new Uint8Array(18)),
  frame.arpRequest({ ...asked, targetMac: "ff:ff:ff:ff:ff:ff" }),
  frame.arpRequest({ senderIp: "192.168.4.15", targetIp: "192.168.4.15" }),
  frame.arpReply({ senderIp: "192.168.4.15", targetIp: "192.168.4.10", targetMac: client }),
  frame
    .ipv4({ ...toVip, dontFragment: true })
    .tcp({
      source: 40312,
      destination: 80,
      sequence: 4294967295,
      syn: true,
      window: 64240,
      options: [
        { kind: "mss", value: 1460 },
        { kind: "sackPermitted" },
        { kind: "timestamps", value: 1, echo: 0 },
        { kind: "nop" },
        { kind: "windowScale", shift: 7 },
      ],
    })
    .bytes(),
  frame
    .ipv4(toClient)
    .tcp({ source: 80, destination: 40312, syn: true, ack: true, acknowledgement: 1 })
    .bytes(),
  frame
    .ipv4(toVip)
    .tcp({ source: 40312, destination: 80, ack: true, sequence: 1, acknowledgement: 2 })
    .bytes(),
  frame
    .ipv4(toVip)
    .tcp({ source: 40312, destination: 80, ack: true, psh: true, sequence: 4294967290, acknowledgement: 2 })
    .payload("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
  frame
    .ipv4(toClient)
    .tcp({ source: 80, destination: 40312, ack: true, sequence: 1, acknowledgement: 2 })
    .payload("HTTP/1.1 200 OK\r\nX-Server: web1\r\n\r\n192.168.4.100\n"),
  frame
    .ipv4(toClient)
    .tcp({ source: 80, destination: 40312, ack: true, sequence: 1 })
    .payload("192.168.4.100\n"),
  frame
    .ipv4(toVip)
    .tcp({
      source: 40312,
      destination: 443,
      ack: true,
      options: [
        { kind: "nop" },
        { kind: "nop" },
        {
          kind: "sack",
          blocks: [
            [10, 20],
            [30, 40],
          ],
        },
      ],
    })
    .bytes(),
  frame.ipv4(toVip).tcp({ source: 40312, destination: 80, rst: true, sequence: 5 }).bytes(),
  frame
    .ipv4(toVip)
    .tcp({ source: 40312, destination: 80, fin: true, ack: true, urg: true, urgentPointer: 3 })
    .bytes(),
  frame.ipv4(toVip).tcp({ source: 40312, destination: 80, syn: true, ece: true, cwr: true }).bytes(),
  frame.ipv4(toVip).tcp({ source: 40312, destination: 80 }).bytes(),
  frame.ipv4(toVip).udp({ source: 40000, destination: 40001 }).payload("hello"),
  frame.ipv4(toVip).echo({ identifier: 7, sequence: 1 }).payload(new Uint8Array(56)),
  frame.ipv4(toClient).echo({ identifier: 7, sequence: 1, reply: true }).payload(new Uint8Array(56)),
  frame.ipv4(toClient).icmp({ type: 3, code: 0 }).payload(failed),
  frame.ipv4(toClient).icmp({ type: 3, code: 1 }).payload(failed),
  frame.ipv4(toClient).icmp({ type: 3, code: 2 }).payload(odd),
  frame.ipv4(toClient).icmp({ type: 3, code: 3 }).payload(failed),
  frame.ipv4(toClient).icmp({ type: 3, code: 3 }).payload(refused),
  frame.ipv4(toClient).icmp({ type: 3, code: 4, rest: 1400 }).payload(failed),
  frame.ipv4(toClient).icmp({ type: 11 }).payload(failed),
  frame.ipv4(toVip).ipip(toVip).tcp({ source: 40312, destination: 80, syn: true }).bytes(),
  frame
    .ipv4({ ...toVip, moreFragments: true })
    .udp({ source: 4000, destination: 4001 })
    .payload(new Uint8Array(16)),
  frame.ipv4({ ...toVip, fragmentOffset: 24, protocol: 17 }).payload(new Uint8Array(16)),
  frame.ipv4({ ...toVip, fragmentOffset: 24, protocol: 6 }).payload(new Uint8Array(16)),
];

test("a frame is described as tcpdump describes it, and tcpdump reads our files", (t) => {
  const version = spawnSync("tcpdump", ["--version"], { encoding: "utf8" });
  if (version.error) {
    if (process.env["CI"] === "true") throw version.error;
    return t.skip("needs tcpdump");
  }
  const folder = mkdtempSync(join(tmpdir(), "rondo-pcap-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "frames.pcap");
  writeFileSync(file, writePcap(frames.map((bytes, index) => ({ at: BigInt(index) * 1_000_000n, bytes }))));
  const { stdout, status } = spawnSync("tcpdump", ["-nn", "-t", "-S", "-r", file], { encoding: "utf8" });
  assert.equal(status, 0);
  assert.deepEqual(frames.map(describe), stdout.trimEnd().split("\n"));
});
