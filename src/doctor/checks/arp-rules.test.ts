import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf, vip } from "../../../test/support/doctor-hosts.js";
import { arpRules } from "./arp-rules.js";

const director = (arptables: string) =>
  changed(cluster("droute"), "director", () => ({ firewall: { arptables } }));

test("rules that keep the director from answering", () => {
  assert.deepEqual(codesOf(arpRules, director("*filter\n:INPUT ACCEPT\n")), []);
  assert.deepEqual(mendsOf(arpRules, director(`*filter\n-A INPUT -j DROP -d ${vip}\n`)), [
    `director: arptables -D INPUT -j DROP -d ${vip}`,
  ]);
  assert.deepEqual(codesOf(arpRules, director("*filter\n-A INPUT -j DROP -d 192.168.4.0/24\n")), [
    "director arp-blocked",
  ]);
  assert.deepEqual(codesOf(arpRules, director("*filter\n-A INPUT -j DROP -d 192.168.4.16\n")), []);
});

test("as nft tells them", () => {
  const chain = { family: "arp", table: "filter", name: "INPUT", hook: "input", policy: "accept" };
  const match = (field: string, right: unknown) => ({
    match: { op: "==", left: { payload: { protocol: "arp", field } }, right },
  });
  const rule = {
    family: "arp",
    table: "filter",
    chain: "INPUT",
    handle: 2,
    expr: [match("htype", 1), match("daddr ip", vip), { drop: null }],
  };
  const hosts = changed(cluster("droute"), "director", () => ({ firewall: { nft: [{ chain }, { rule }] } }));
  assert.deepEqual(mendsOf(arpRules, hosts), ["director: nft delete rule arp filter INPUT handle 2"]);
});
