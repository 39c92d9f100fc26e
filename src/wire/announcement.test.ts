import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeEthernet,
  decodeIcmpv6,
  decodeIpv6,
  gratuitousArp,
  IpAddress,
  MacAddress,
  unsolicitedAdvertisement,
} from "./index.js";

test("a gratuitous ARP is keepalived's, byte by byte", () => {
  const recorded = "ffffffffffff4ebdebcb38e2080600010800060400014ebdebcb38e2c0a80450ffffffffffffc0a80450";
  const frame = gratuitousArp(IpAddress.of("192.168.4.80"), MacAddress.of("4e:bd:eb:cb:38:e2"));
  assert.equal(Buffer.from(frame).toString("hex"), recorded);
});

test("an unsolicited neighbour advertisement overrides, and says whether we forward", () => {
  const address = IpAddress.of("fd00::80");
  for (const router of [true, false]) {
    const frame = unsolicitedAdvertisement(address, MacAddress.of("00:00:5e:00:02:33"), router);
    const ethernet = decodeEthernet(frame)!;
    assert.equal(`${ethernet.destination}`, "33:33:00:00:00:01");
    const packet = decodeIpv6(ethernet.payload)!;
    assert.deepEqual(
      [packet.hopLimit, `${packet.source}`, `${packet.destination}`],
      [255, "fd00::80", "ff02::1"],
    );
    const message = decodeIcmpv6(packet.payload, packet.source, packet.destination)!;
    assert.deepEqual(
      [message.type, message.checksumOk, message.rest],
      [136, true, router ? 0xa0000000 : 0x20000000],
    );
    assert.equal(Buffer.from(message.payload.subarray(16)).toString("hex"), "020100005e000233");
  }
});
