import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf, vip } from "../../../test/support/doctor-hosts.js";
import { firewall } from "./firewall.js";

const web1 = (iptables: string) =>
  changed(cluster("droute"), "web1", () => ({ firewall: { iptables: `*filter\n${iptables}\nCOMMIT\n` } }));

test("rules that stop requests, or answers", () => {
  assert.deepEqual(codesOf(firewall, web1(":INPUT ACCEPT [0:0]")), []);
  assert.deepEqual(mendsOf(firewall, web1(`:INPUT ACCEPT [0:0]\n-A INPUT -d ${vip}/32 -j REJECT`)), [
    `web1: iptables -D INPUT -d ${vip}/32 -j REJECT`,
  ]);
  assert.deepEqual(mendsOf(firewall, web1(":INPUT DROP [0:0]")), [
    `web1: iptables -I INPUT -d ${vip} -p tcp --dport 80 -j ACCEPT`,
  ]);
  assert.deepEqual(mendsOf(firewall, web1(":OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp --sport 80 -j DROP")), [
    "web1: iptables -D OUTPUT -p tcp --sport 80 -j DROP",
  ]);
});

test("the director's own rules see nothing of what it sends on", () => {
  const iptables = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\nCOMMIT\n";
  assert.deepEqual(
    codesOf(
      firewall,
      changed(cluster("masq"), "director", () => ({ firewall: { iptables } })),
    ),
    [],
  );
});
