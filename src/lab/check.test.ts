import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkTopology, faultsOf } from "./check.js";
import { dr } from "./topologies/dr.js";
import { drStore } from "./topologies/dr-store.js";
import { topologies, topologyNamed } from "./topologies/index.js";
import type { HostSpec, Topology } from "./topology.js";

/** The dr topology with one host changed. */
function withHost(name: string, change: Partial<HostSpec>): Topology {
  return { ...dr, hosts: dr.hosts.map((host) => (host.name === name ? { ...host, ...change } : host)) };
}

/** The dr-store topology with one host changed. */
function withStored(name: string, change: Partial<HostSpec>): Topology {
  const hosts = drStore.hosts.map((host) => (host.name === name ? { ...host, ...change } : host));
  return { ...drStore, hosts };
}

const onVmnet4 = (address: string, network = "vmnet4") => ({
  interfaces: [{ name: "ens37", network, addresses: [{ address }] }],
});

describe("a topology that is wrong", () => {
  const cases: readonly (readonly [Topology, ...string[]])[] = [
    [
      withHost("web1", onVmnet4("192.168.4.10/24")),
      "hosts[2].interfaces[0].addresses[0].address: 192.168.4.10 is given twice: to client's eth0 and to web1's ens37",
      "hosts[1].rules: host director: a rule names the server 192.168.4.100, which no host is",
    ],
    [
      withHost("client", onVmnet4("192.168.5.10/24")),
      "hosts[0].interfaces[0].addresses[0].address: client's ens37: 192.168.5.10 lies outside its network 192.168.4.0/24",
    ],
    [
      withHost("client", onVmnet4("192.168.4.10/16")),
      "hosts[0].interfaces[0].addresses[0].address: client's ens37: 192.168.4.10/16 has another prefix length than its network's 24",
    ],
    [
      withHost("client", onVmnet4("192.168.4.10")),
      `hosts[0].interfaces[0].addresses[0].address: client's ens37: "192.168.4.10" is no address with a prefix length, as 192.168.4.5/24 is`,
    ],
    [
      withHost("client", onVmnet4("192.168.4.10/24", "vmnet5")),
      'hosts[0].interfaces[0].network: host client: interface ens37 is on network "vmnet5", which there is not; did you mean vmnet4?',
    ],
    [
      withHost("director", {
        interfaces: [{ name: "ens33", network: "vmnet4", addresses: [{ address: "192.168.4.5/24" }] }],
      }),
      "vips[0]: no director or proxy has the VIP 192.168.4.15, and no keepalived gives it",
    ],
    [
      withHost("web2", { loopback: [] }),
      "hosts[1].rules: host director: web2 has not the VIP 192.168.4.15 on lo, without which it answers no request by DR",
    ],
    [
      withHost("director", { rules: ["-A -t 192.168.4.16:80 -s rr"] }),
      "hosts[1].rules: host director: a rule's service 192.168.4.16:80 is on no VIP of the topology; did you mean 192.168.4.15?",
    ],
    [
      withHost("director", { rules: ["-a -t 192.168.4.15:80 -r 192.168.4.100"] }),
      'hosts[1].rules[0], column 1: host director: the rule "ipvsadm -a -t 192.168.4.15:80 -r 192.168.4.100": no rule before it makes this service',
    ],
    [
      withHost("director", { rules: ["-L"] }),
      'hosts[1].rules[0], column 1: host director: the rule "ipvsadm -L": a topology only clears (-C), adds and changes services (-A, -E) and their servers (-a, -e)',
    ],
    [
      withHost("web1", { routes: [{ to: "default", via: "10.0.0.1" }] }),
      "hosts[2].routes[0].via: host web1: no interface is on the network of the gateway 10.0.0.1",
    ],
    [withHost("web1", { name: "web2" }), "hosts[3].name: two hosts are named web2"],
    [
      { ...dr, networks: [{ name: "vmnet4", prefix: "192.168.4.1/24" }] },
      "networks[0].prefix: network vmnet4: 192.168.4.1/24 has bits set behind its 24",
    ],
    [
      { ...dr, traffic: { from: "nobody", address: "192.168.4.5", port: 80 } },
      'traffic.from: its traffic comes from "nobody", which no host is',
      "traffic.address: its traffic goes to 192.168.4.5, which is no VIP; did you mean 192.168.4.15?",
    ],
    [
      { ...dr, networks: [{ name: "vmnet4", prefix: "fd00::/64" }] },
      "networks[0].prefix: network vmnet4: fd00::/64 is of IPv6, and a lab's networks are of IPv4 as yet",
    ],
    [
      withHost("director", { rules: ["-C", "-A -t 192.168.4.15:80x  -s rr"] }),
      'hosts[1].rules[1], column 7: host director: the rule "ipvsadm -A -t 192.168.4.15:80x  -s rr": illegal virtual server address[:port] specified',
    ],
    [
      withHost("director", { rules: ["-A -t 192.168.4.15:80 -s wwr"] }),
      'hosts[1].rules: host director: a rule\'s scheduler is "wwr", which there is not; did you mean wrr?',
    ],
    [
      withHost("director", {
        rules: ["-A -t 192.168.4.15:80 -s rr", "-a -t 192.168.4.15:80 -r 192.168.4.100 -i"],
      }),
      "hosts[1].rules: host director: web1 does not take the VIP 192.168.4.15 out of tunnels: its field tunnels has to name it",
    ],
    [
      withHost("director", {
        rules: ["-A -t 192.168.4.15:80 -s rr", "-a -t 192.168.4.15:80 -r 192.168.4.100 -m"],
      }),
      "hosts[1].rules: host director: web1 has no route through a director, without which its answers go past it, and NAT needs them back",
    ],
    [
      withHost("web1", { tunnels: ["192.168.4.16"] }),
      "hosts[2].tunnels[0]: host web1 takes 192.168.4.16 out of tunnels, which is no VIP of the topology",
    ],
    [
      withHost("web1", { loopback: [{ address: "192.168.4.15/32", label: "eth0:0" }] }),
      'hosts[2].loopback[0].label: web1\'s lo: the label "eth0:0" is not lo: and a few letters more, as lo:0 is',
    ],
    [
      withHost("web1", { loopback: [{ address: "192.168.4.15/32", label: "lo:/../x" }] }),
      'hosts[2].loopback[0].label: web1\'s lo: the label "lo:/../x" is not lo: and a few letters more, as lo:0 is',
    ],
    [
      withHost("web1", { sysctls: { "kernel.panic": "1" } }),
      'hosts[2].sysctls["kernel.panic"]: host web1: a host has sysctls of its own below net only, as net.ipv4.ip_forward is',
    ],
    [
      withStored("web1", { web: { port: 80, page: "", store: "stor" } }),
      'hosts[2].web.store: the store of web1 is "stor", which no host is; did you mean store?',
    ],
    [
      withStored("web1", { web: { port: 80, page: "", store: "web2" } }),
      "hosts[2].web.store: the store of web1 is web2, whose role is server, not store",
    ],
    [
      withStored("web1", { interfaces: dr.hosts[2]!.interfaces }),
      "hosts[2].web.store: web1 and its store store have no network in common, on which store has an address",
    ],
    [
      withStored("store", { interfaces: [{ name: "ens33", network: "vmnet3", addresses: [] }] }),
      "hosts[2].web.store: web1 and its store store have no network in common, on which store has an address",
    ],
    [
      withStored("store", { role: "server" }),
      "hosts[4].store: host store has the field store, and its role is server, not store",
      "hosts[2].web.store: the store of web1 is store, whose role is server, not store",
    ],
    [
      { ...drStore, hosts: drStore.hosts.map(({ store: _, ...host }) => host) },
      "hosts[4].store: host store is a store, and its field store, { port: 8049 }, is missing",
    ],
    [
      withStored("store", { web: { port: 80, page: "" } }),
      "hosts[4].web: host store is a store: it has no web server",
    ],
  ];
  for (const [topology, ...sentences] of cases)
    test(sentences[0]!, () => {
      const faults = faultsOf(topology).map(({ path, what }) => `${path}: ${what}`);
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
    remedy:
      "There are: nat, nat-8, tun, dr, dr-200, dr-172, nat-store, dr-store, keepalived-web, keepalived-dr, keepalived-mixed, haproxy, haproxy-keepalived, nginx, nginx-stream, nginx-keepalived.",
  });
});
