import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf, vip } from "../../../test/support/doctor-hosts.js";
import { firewall } from "./firewall.js";

const web1 = (iptables: string) =>
  changed(cluster("droute"), "web1", () => ({ firewall: { iptables: `*filter\n${iptables}\nCOMMIT\n` } }));

test("rules that stop requests, or answers", () => {
  assert.deepEqual(codesOf(firewall, web1(":INPUT ACCEPT [0:0]")), []);
  const rule = `INPUT -d ${vip}/32 -p tcp --dport 80 -j REJECT`;
  assert.deepEqual(mendsOf(firewall, web1(`:INPUT ACCEPT [0:0]\n-A ${rule}`)), [`web1: iptables -D ${rule}`]);
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

test("a rule that keeps all else out stays, and the service is let in before it", () => {
  const allow = `web1: iptables -I INPUT -d ${vip} -p tcp --dport 80 -j ACCEPT`;
  const ssh = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT";
  for (const rule of [
    "-j REJECT --reject-with icmp-host-prohibited",
    `-d ${vip}/32 -j DROP`,
    "-p tcp -m tcp ! --dport 22 -j DROP",
    "-p tcp -m multiport --dports 1:1023 -j DROP",
    "-p tcp -m multiport --dports 80,443 -j DROP",
  ])
    assert.deepEqual(mendsOf(firewall, web1(`:INPUT ACCEPT [0:0]\n${ssh}\n-A INPUT ${rule}`)), [allow], rule);
});

test("what a rule's comment says is not run", () => {
  const saved = String.raw`-A INPUT -p tcp --dport 80 -m comment --comment "a $(id) \'q\' \"d\" \\" -j DROP`;
  assert.deepEqual(mendsOf(firewall, web1(`:INPUT ACCEPT [0:0]\n${saved}`)), [
    String.raw`web1: iptables -D INPUT -p tcp --dport 80 -m comment --comment 'a $(id) '\''q'\'' "d" \' -j DROP`,
  ]);
});

test("rules of IPv4 stop no IPv6", () => {
  const six = "fd66::15";
  const hosts = web1(":INPUT DROP [0:0]").map((host) => {
    const services = host.services.map((service) => ({ ...service, name: `-t [${six}]:80`, vip: six }));
    return { ...host, services };
  });
  assert.deepEqual(codesOf(firewall, hosts), []);
});
