import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePacket, describe, ethernet, tcpChecksumOk } from "./index.js";

const client = "02:00:c0:a8:04:0a";
const director = "02:00:c0:a8:04:05";
const toVip = { source: "192.168.4.10", destination: "192.168.4.15" };

test("the bytes of a SYN stand as the RFCs draw them", () => {
  const frame = ethernet({ source: client, destination: director })
    .ipv4({ ...toVip, identification: 1, dontFragment: true })
    .tcp({ source: 40312, destination: 80, sequence: 1, syn: true, window: 64240 })
    .bytes();
  assert.equal(
    Buffer.from(frame).toString("hex"),
    [
      "0200c0a80405",
      "0200c0a8040a",
      "0800",
      "45000028000140004006b165c0a8040ac0a8040f", // verified: ~sum of the other nine words
      "9d78005000000001000000005002faf0",
      Buffer.from(frame.subarray(50, 52)).toString("hex"),
      "0000",
    ].join(""),
  );
  const { ipv4, tcp } = decodePacket(frame)!;
  assert.ok(ipv4?.checksumOk && tcp?.flags.syn && !tcp.flags.ack);
  assert.ok(tcpChecksumOk(ipv4.payload, ipv4.source, ipv4.destination));
});

test("a line says what tcpdump would", () => {
  const frame = ethernet()
    .ipv4(toVip)
    .tcp({
      source: 40312,
      destination: 80,
      sequence: 7,
      acknowledgement: 9,
      psh: true,
      ack: true,
      window: 502,
    })
    .payload("GET / HTTP/1.1\r\nHost: 192.168.4.15\r\n\r\n");
  assert.equal(
    describe(frame),
    "IP 192.168.4.10.40312 > 192.168.4.15.80: Flags [P.], seq 7:45, ack 9, win 502, length 38: HTTP: GET / HTTP/1.1",
  );
});

test("texts that are no addresses are refused", () => {
  assert.throws(() => ethernet().ipv4({ source: "192.168.4", destination: "1.2.3.4" }), /192\.168\.4/);
  assert.throws(() => ethernet({ source: "x" }).other(1).bytes(), /not a MAC address: x/);
});
