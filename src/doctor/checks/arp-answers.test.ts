import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, macOf, vip } from "../../../test/support/doctor-hosts.js";
import { arpAnswers } from "./arp-answers.js";

const heard = (...macs: string[]) => ({ arp: [{ address: vip, link: "eth0", macs }] });
const director = macOf("192.168.4.5");

test("the director alone may answer", () => {
  const hosts = cluster("droute");
  const client = (...macs: string[]) =>
    codesOf(
      arpAnswers,
      changed(hosts, "client", () => heard(...macs)),
    );
  assert.deepEqual(client(director), []);
  assert.deepEqual(client(director, macOf("192.168.4.100")), ["web1 arp-answered"]);
  assert.deepEqual(client(director, "02:99:00:00:00:01"), ["director vip-duplicate"]);
  assert.deepEqual(client(), ["director vip-silent"]);
});

test("a director without the VIP stands by for the one that answers", () => {
  const hosts = changed(cluster("droute"), "director", ({ addresses }) => ({
    ...heard("02:99:00:00:00:01"),
    addresses: addresses.filter(({ address }) => address !== vip),
  }));
  assert.deepEqual(codesOf(arpAnswers, hosts), []);
});

test("two directors with the VIP at one time", () => {
  const hosts = cluster("droute");
  const second = { ...hosts.director, host: "backup" };
  assert.deepEqual(codesOf(arpAnswers, [...Object.values(hosts), second]), ["backup vip-duplicate"]);
});

test("asked from a real server alone: one answer is the director's, two are one too many", () => {
  const { web1 } = cluster("droute");
  assert.deepEqual(codesOf(arpAnswers, [{ ...web1, ...heard(director) }]), []);
  assert.deepEqual(codesOf(arpAnswers, [{ ...web1, ...heard(director, "02:99:00:00:00:01") }]), [
    "web1 vip-duplicate",
  ]);
});
