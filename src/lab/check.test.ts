import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkTopology, faultsOf } from "./check.js";
import { dr } from "./topologies/dr.js";
import { topologies, topologyNamed } from "./topologies/index.js";
import type { HostSpec, Topology } from "./topology.js";

/** The dr topology with one host changed. */
function withHost(name: string, change: Partial<HostSpec>): Topology {
  return { ...dr, hosts: dr.hosts.map((host) => (host.name === name ? { ...host, ...change } : host)) };
}

const onVmnet4 = (address: string, network = "vmnet4") => ({
  interfaces: [{ name: "ens37", network, addresses: [{ address }] }],
});

describe("a topology that is wrong", () => {
  const cases: readonly (readonly [Topology, ...string[]])[] = [
    [
      withHost("web1", onVmnet4("192.168.4.10/24")),
      "192.168.4.10 is given twice: to client's eth0 and to web1's ens37",
      "host director: a rule names the server 192.168.4.100, which no host is",
    ],
    [
      withHost("client", onVmnet4("192.168.5.10/24")),
      "client's ens37: 192.168.5.10 lies outside its network 192.168.4.0/24",
    ],
    [
      withHost("client", onVmnet4("192.168.4.10/16")),
      "client's ens37: 192.168.4.10/16 has another prefix length than its network's 24",
    ],
    [
      withHost("client", onVmnet4("192.168.4.10")),
      `client's ens37: "192.168.4.10" is no address with a prefix length, as 192.168.4.5/24 is`,
    ],
    [
      withHost("client", onVmnet4("192.168.4.10/24", "vmnet5")),
      'host client: interface ens37 is on network "vmnet5", which there is not; vmnet4?',
    ],
    [
      withHost("director", {
        interfaces: [{ name: "ens33", network: "vmnet4", addresses: [{ address: "192.168.4.5/24" }] }],
      }),
      "no director has the VIP 192.168.4.15",
    ],
    [
      withHost("web2", { loopback: [] }),
      "host web2 has not the VIP 192.168.4.15 on lo, without which it answers no request by DR",
    ],
    [
      withHost("director", { rules: ["-A -t 192.168.4.16:80 -s rr"] }),
      "host director: a rule's service 192.168.4.16:80 is on no VIP of the topology",
    ],
    [
      withHost("director", { rules: ["-a -t 192.168.4.15:80 -r 192.168.4.100"] }),
      'host director: the rule "ipvsadm -a -t 192.168.4.15:80 -r 192.168.4.100": no rule before it makes this service',
    ],
    [
      withHost("director", { rules: ["-L"] }),
      'host director: the rule "ipvsadm -L": a topology only clears (-C), adds and changes services (-A, -E) and their servers (-a, -e)',
    ],
    [
      withHost("web1", { routes: [{ to: "default", via: "10.0.0.1" }] }),
      "host web1: no interface is on the network of the gateway 10.0.0.1",
    ],
    [withHost("web1", { name: "web2" }), "two hosts are named web2"],
    [
      { ...dr, networks: [{ name: "vmnet4", prefix: "192.168.4.1/24" }] },
      "network vmnet4: 192.168.4.1/24 has bits set behind its 24",
    ],
    [
      { ...dr, traffic: { from: "nobody", address: "192.168.4.5", port: 80 } },
      'its traffic comes from "nobody", which no host is',
      "its traffic goes to 192.168.4.5, which is no VIP",
    ],
  ];
  for (const [topology, ...sentences] of cases)
    test(sentences[0]!, () => {
      const faults = faultsOf(topology);
      for (const sentence of sentences) assert.ok(faults.includes(sentence), faults.join("\n"));
      assert.throws(() => checkTopology(topology), { code: "bad-topology" });
    });
});

test("every topology that there is, is right", () => {
  for (const topology of topologies) assert.deepEqual(faultsOf(topology), [], topology.name);
});

test("a name that is not there brings up the one that was meant", () => {
  assert.equal(topologyNamed("dr"), dr);
  assert.throws(() => topologyNamed("rd"), { code: "unknown-topology", remedy: "Did you mean dr?" });
  assert.throws(() => topologyNamed("something"), {
    remedy: "There are: nat, nat-8, tun, dr, dr-200, dr-172.",
  });
});
