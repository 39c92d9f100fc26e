import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parsePrefix } from "../ipvs/prefix.js";
import { IpAddress, MacAddress } from "../wire/index.js";
import { type Action, commandOf } from "./action.js";
import { fileMakers, filesText } from "./files/index.js";
import { holds } from "./holds.js";
import type { HostAddress, HostLink, HostRoute, HostState, HostTunnel } from "./host-state.js";
import { planFor } from "./plan.js";
import { type Made, noted, nothingMade, parseRecord, recordText } from "./record.js";
import { textOf } from "./step.js";
import { towards } from "./towards.js";
import { undoing } from "./undo.js";
import { allTypes, keyOf, type Wanted, wantedFrom, wantedToJson, wordsOf } from "./wanted.js";

const ip = IpAddress.of;
const prefix = (text: string) => parsePrefix(text, "");

/** A host that is nothing but values, and can be changed as the real one is. */
class MemoryHost implements HostState {
  links: HostLink[] = [link("lo", { loopback: true, hardwareType: 772, up: false }), link("eth0")];
  addresses: HostAddress[] = [address("eth0", "192.168.4.100", 24)];
  routes: HostRoute[] = [route("192.168.4.0/24", "eth0", undefined, "kernel")];
  sysctls = new Map<string, string>();
  tunnels: HostTunnel[] = [];
  unwrapping: string[] = [];
  clamping: string[] = [];
  hasIpip = false;

  constructor() {
    for (const name of ["all", "lo", "eth0", "eth1"])
      for (const key of ["arp_ignore", "arp_announce", "rp_filter", "accept_redirects", "send_redirects"])
        this.sysctls.set(`net/ipv4/conf/${name}/${key}`, key.endsWith("redirects") ? "1" : "0");
    this.sysctls.set("net/ipv4/ip_forward", "0");
    this.sysctls.set("net/ipv6/conf/lo/disable_ipv6", "0");
    for (const name of ["eth0", "eth1"]) this.sysctls.set(`net/ipv6/conf/${name}/accept_redirects`, "1");
  }

  sysctl(parts: readonly string[]) {
    return this.sysctls.get(parts.join("/"));
  }

  do(action: Action): void {
    switch (action.do) {
      case "set-sysctl":
        this.sysctls.set(action.parts.join("/"), action.value);
        break;
      case "load-module":
        if (this.links.some(({ name }) => name === action.link)) break;
        this.links.push(link(action.link, { hardwareType: 768, kind: "ipip", up: false }));
        this.sysctls.set(`net/ipv4/conf/${action.link}/rp_filter`, "0");
        break;
      case "set-link":
        this.links = this.links.map((one) => (one.name === action.link ? { ...one, up: action.up } : one));
        break;
      case "add-address": {
        const { link, address, label } = action;
        this.addresses.push({ link, address, prefixLength: 8 * address.bytes.length, label });
        break;
      }
      case "remove-address":
        this.addresses = this.addresses.filter(
          ({ link, address }) => link !== action.link || !address.equals(action.address),
        );
        break;
      case "replace-route":
        this.routes = [...this.routes.filter((one) => !sameRank(one, action.route)), action.route];
        break;
      case "remove-route":
        this.routes = this.routes.filter((one) => !sameRank(one, action.route));
        break;
      case "take-tunnels":
        this.tunnels = [
          ...this.tunnels.filter(({ vip }) => !vip.equals(action.vip)),
          { vip: action.vip, types: action.types, packets: 0n },
        ];
        this.unwrapping = [...new Set([...this.unwrapping, ...action.links])].sort();
        break;
      case "leave-tunnels":
        this.tunnels = this.tunnels.filter(({ vip }) => !vip.equals(action.vip));
        if (this.tunnels.length === 0) this.unwrapping = [];
        break;
    }
  }

  /** All of it, in an order that doesn't depend on what was done. */
  picture(): object {
    const sorted = (list: readonly unknown[]) => list.map((one) => JSON.stringify(one)).sort();
    return {
      links: this.links.map(({ name, up }) => [name, up]),
      addresses: sorted(this.addresses),
      routes: sorted(this.routes),
      sysctls: Object.fromEntries(this.sysctls),
      tunnels: this.tunnels.map(({ vip }) => `${vip}`).sort(),
      unwrapping: this.unwrapping,
    };
  }
}

function link(name: string, more: Partial<HostLink> = {}): HostLink {
  const mac = MacAddress.of("02:00:00:00:00:01");
  return {
    index: 1,
    name,
    up: true,
    loopback: false,
    hardwareType: 1,
    kind: undefined,
    master: undefined,
    mtu: 1500,
    mac,
    ...more,
  };
}

const address = (link: string, text: string, prefixLength: number, label?: string): HostAddress => ({
  link,
  address: ip(text),
  prefixLength,
  label,
});

function route(to: string, link: string, gateway?: string, protocol = "static", metric = 0): HostRoute {
  return {
    destination: prefix(to),
    hops: [{ link, ...(gateway !== undefined && { gateway: ip(gateway) }) }],
    metric,
    protocol,
    type: "unicast",
  };
}

const sameRank = (one: HostRoute, other: HostRoute) =>
  one.metric === other.metric &&
  one.destination.length === other.destination.length &&
  one.destination.address.equals(other.destination.address);

const dr = (vip: string, ...interfaces: string[]): Wanted => ({ method: "dr", vip: ip(vip), interfaces });
const tun = (vip: string, more = {}): Wanted => ({
  method: "tun",
  vip: ip(vip),
  interfaces: [],
  types: allTypes,
  kernel: false,
  clampMss: false,
  ...more,
});
const nat = (gateway: string, clients: string[] = [], vip?: string): Wanted => ({
  method: "nat",
  vip: vip === undefined ? undefined : ip(vip),
  gateway: ip(gateway),
  interfaces: [],
  clients: clients.map(prefix),
});

/** Makes it, as the command does; gives the record. */
function make(host: MemoryHost, wanted: Wanted, made: Made = nothingMade, stopBefore = 1e9): Made {
  const plan = planFor(wanted, host);
  for (const step of plan.steps)
    if (step.kind === "module") for (const one of towards(step, host)) host.do(one);
  const actions = new Map(plan.steps.map((step) => [step, towards(step, host)]));
  const record = parseRecord(recordText(noted(made, plan, actions, host)))!;
  for (const action of [...actions.values()].flat().slice(0, stopBefore)) host.do(action);
  return record;
}

function unmake(host: MemoryHost, wanted: Wanted, made: Made): Made {
  const { actions, left } = undoing(made, keyOf(wanted), host);
  for (const action of actions) host.do(action);
  return left;
}

const commands = (host: MemoryHost, wanted: Wanted) =>
  planFor(wanted, host).steps.flatMap((step) => towards(step, host).map(commandOf));
const refusal = (host: MemoryHost, wanted: Wanted) => {
  try {
    planFor(wanted, host);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return undefined;
};

describe("plans", () => {
  test("DR: silence before the address, and no filter where there is one way only", () => {
    const host = new MemoryHost();
    assert.deepEqual(commands(host, dr("192.168.4.15")), [
      "sysctl -w net.ipv4.conf.all.arp_ignore=1",
      "sysctl -w net.ipv4.conf.all.arp_announce=2",
      "ip link set lo up",
      "ip addr add 192.168.4.15/32 dev lo label lo:0",
    ]);
  });

  test("DR on a host with two networks, one of them strict, and a value that would undo that of all", () => {
    const host = new MemoryHost();
    host.links.push(link("eth1"));
    host.addresses.push(address("lo", "192.168.4.14", 32, "lo:0"));
    host.sysctls.set("net/ipv4/conf/eth1/rp_filter", "1");
    host.sysctls.set("net/ipv4/conf/eth1/arp_ignore", "3");
    host.sysctls.set("net/ipv4/conf/all/arp_ignore", "2");
    assert.deepEqual(commands(host, dr("192.168.4.15")), [
      "sysctl -w net.ipv4.conf.all.arp_announce=2",
      "sysctl -w net.ipv4.conf.eth1.arp_ignore=1",
      "sysctl -w net.ipv4.conf.eth1.rp_filter=2",
      "ip link set lo up",
      "ip addr add 192.168.4.15/32 dev lo label lo:1",
    ]);
    host.sysctls.set("net/ipv4/conf/all/rp_filter", "1");
    assert.deepEqual(
      commands(host, dr("192.168.4.15", "eth0")).filter((text) => text.includes("rp_filter")),
      ["sysctl -w net.ipv4.conf.eth0.rp_filter=2"],
    );
  });

  test("an IPv6 VIP needs no sysctls; a VIP on a dummy device is there already", () => {
    const host = new MemoryHost();
    assert.deepEqual(commands(host, dr("2001:db8::15")), [
      "ip link set lo up",
      "ip addr add 2001:db8::15/128 dev lo nodad",
    ]);
    host.links.push(link("dummy0", { kind: "dummy" }));
    host.addresses.push(address("dummy0", "192.168.4.15", 32));
    assert.ok(!commands(host, dr("192.168.4.15")).some((text) => text.includes("addr")));
  });

  test("TUN by our program, and by the kernel's tunl0", () => {
    const host = new MemoryHost();
    const [last] = commands(host, tun("192.168.4.15", { clampMss: true })).slice(-1);
    assert.equal(
      last,
      "# rondo: packets for 192.168.4.15 in IPIP, GRE, GUE (UDP port 6080) are unwrapped at eth0 (tc ingress), and the MSS of answers is lowered (tc egress)",
    );
    assert.match(planFor(tun("192.168.4.15"), host).notes[0]!.text, /MTU of 1500 \(eth0\).* 1480 .* 1448/);
    host.hasIpip = true;
    assert.deepEqual(commands(host, tun("192.168.4.15", { kernel: true })), [
      "modprobe ipip",
      "sysctl -w net.ipv4.conf.all.arp_ignore=1",
      "sysctl -w net.ipv4.conf.all.arp_announce=2",
      "sysctl -w net.ipv4.conf.tunl0.rp_filter=2",
      "ip addr add 192.168.4.15/32 dev tunl0",
      "ip link set tunl0 up",
    ]);
  });

  test("NAT: the gateway, and routes for clients that are nearer than the director", () => {
    const host = new MemoryHost();
    host.routes.push(route("0.0.0.0/0", "eth0", "192.168.4.1"));
    const redirects = [
      "sysctl -w net.ipv4.conf.all.accept_redirects=0",
      "sysctl -w net.ipv4.conf.eth0.accept_redirects=0",
    ];
    const gateway = "ip route replace default via 192.168.4.5 dev eth0";
    assert.deepEqual(commands(host, nat("192.168.4.5")), [...redirects, gateway]);
    // Behind the default route there is nothing nearer.
    assert.deepEqual(commands(host, nat("192.168.4.5", ["10.1.0.0/16"])), [...redirects, gateway]);
    assert.deepEqual(commands(host, nat("192.168.4.5", ["192.168.4.10"])).slice(3), [
      "ip route replace 192.168.4.10 via 192.168.4.5 dev eth0",
    ]);
    for (const all of ["192.168.4.0/24", "192.168.0.0/16", "0.0.0.0/0"])
      assert.deepEqual(commands(host, nat("192.168.4.5", [all])).slice(3), [
        "ip route replace 192.168.4.5 dev eth0",
        "ip route replace 192.168.4.128/25 via 192.168.4.5 dev eth0",
        "ip route replace 192.168.4.0/25 via 192.168.4.5 dev eth0",
      ]);
    assert.equal(planFor(nat("192.168.4.5", [], "192.168.4.9"), host).notes[0]!.level, "warning");
    assert.deepEqual(planFor(nat("192.168.4.5", ["192.168.4.0/24"], "192.168.4.9"), host).notes, []);
    assert.equal(planFor(nat("192.168.4.5", [], "8.8.8.8"), host).notes[0]!.level, "advice");
    host.sysctls.set("net/ipv4/ip_forward", "1");
    assert.match(commands(host, nat("192.168.4.5")).join("\n"), /eth0.send_redirects=0/);
  });

  test("NAT by IPv6 goes before what routers announce", () => {
    const host = new MemoryHost();
    host.routes.push(route("fd00:4::/64", "eth0", undefined, "kernel", 256));
    host.routes.push(route("::/0", "eth0", "fe80::1", "ra", 1024));
    assert.deepEqual(commands(host, nat("fd00:4::5")), [
      "sysctl -w net/ipv6/conf/eth0/accept_redirects=0".replaceAll(
        "net/ipv6/conf/eth0/",
        "net.ipv6.conf.eth0.",
      ),
      "ip -6 route replace default via fd00:4::5 dev eth0 metric 1",
    ]);
  });

  test("what a host can't be", () => {
    const host = new MemoryHost();
    const cases: [Wanted, string][] = [
      [dr("127.0.0.2"), "bad-vip"],
      [dr("224.0.0.18"), "bad-vip"],
      [dr("0.0.0.0"), "bad-vip"],
      [dr("fe80::1"), "bad-vip"],
      [dr("192.168.4.100"), "vip-is-rip"],
      [dr("192.168.4.15", "eth7"), "no-interface"],
      [dr("192.168.4.15", "lo"), "no-interface"],
      [tun("192.168.4.15", { kernel: true }), "no-ipip"],
      [tun("2001:db8::15", { kernel: true }), "no-ipip"],
      [nat("192.168.4.100"), "gateway-is-own"],
      [nat("192.168.5.1"), "gateway-not-connected"],
      [nat("fe80::1"), "gateway-not-connected"],
      [nat("192.168.4.5", [], "192.168.4.100"), "vip-here"],
      [nat("192.168.4.5", ["fd00::/64"]), "bad-client"],
    ];
    for (const [wanted, code] of cases) assert.equal(refusal(host, wanted), code, wordsOf(wanted).join(" "));
    host.addresses.push(address("eth0", "192.168.4.16", 32), address("lo", "192.168.4.17", 24));
    assert.equal(refusal(host, dr("192.168.4.16")), "vip-elsewhere");
    assert.equal(refusal(host, dr("192.168.4.17")), "vip-prefix");
    host.routes.push(route("0.0.0.0/0", "eth0", "192.168.4.1"));
    assert.equal(refusal(host, dr("192.168.4.1")), "vip-is-gateway");
    host.sysctls.set("net/ipv6/conf/lo/disable_ipv6", "1");
    assert.equal(refusal(host, dr("2001:db8::15")), "ipv6-off");
    host.links = [];
    assert.equal(refusal(host, tun("192.168.4.15")), "no-interface");
  });
});

const kinds = (wanted: Wanted, host: MemoryHost, kind: string) =>
  filesText(fileMakers[kind]!(planFor(wanted, host), host));

describe("the files that people keep", () => {
  const silence = `# /etc/sysctl.d/90-realserver.conf
# at once: sysctl --system
net.ipv4.conf.all.arp_ignore = 1
net.ipv4.conf.all.arp_announce = 2
net.ipv4.conf.eth0.arp_ignore = 1
net.ipv4.conf.eth0.arp_announce = 2
`;

  test("DR", () => {
    const host = new MemoryHost();
    const wanted = dr("192.168.4.15");
    assert.equal(kinds(wanted, host, "sysctl"), silence);
    assert.equal(
      kinds(wanted, host, "ifcfg"),
      `${silence}
# /etc/sysconfig/network-scripts/ifcfg-lo:0
DEVICE=lo:0
IPADDR=192.168.4.15
NETMASK=255.255.255.255
NETWORK=192.168.4.15
BROADCAST=192.168.4.15
ONBOOT=yes
NAME=lo:0
`,
    );
    assert.equal(
      kinds(wanted, host, "networkd"),
      `${silence}
# /etc/systemd/network/20-lo.network
[Match]
Name=lo

# /etc/systemd/network/20-lo.network.d/192.168.4.15.conf
[Address]
Address=192.168.4.15/32
Label=lo:0
`,
    );
    assert.equal(
      kinds(wanted, host, "netplan"),
      `${silence}
# /etc/netplan/90-realserver-192.168.4.15.yaml
# mode 600; at once: netplan apply
network:
  version: 2
  ethernets:
    lo:
      addresses:
        - 192.168.4.15/32
`,
    );
    assert.equal(
      kinds(wanted, host, "arptables"),
      `# /etc/sysconfig/arptables
# Red Hat's service arptables reads it; elsewhere: arptables-restore < FILE. Before the VIP is on lo
*filter
:INPUT ACCEPT
:OUTPUT ACCEPT
-A INPUT -j DROP -d 192.168.4.15
-A OUTPUT -j mangle -o eth0 -s 192.168.4.15 --mangle-ip-s 192.168.4.100
`,
    );
  });

  test("an IPv6 VIP", () => {
    const host = new MemoryHost();
    const wanted = dr("2001:db8::15");
    assert.equal(kinds(wanted, host, "sysctl"), "# nothing of this kind is needed\n");
    assert.match(
      kinds(wanted, host, "ifcfg"),
      /ifcfg-lo\n(.*\n)*IPV6ADDR_SECONDARIES="2001:db8::15\/128"\n$/,
    );
    assert.match(
      kinds(wanted, host, "networkd"),
      /2001-db8--15.conf\n(.*\n)*DuplicateAddressDetection=none\n$/,
    );
    assert.match(kinds(wanted, host, "netplan"), /- "2001:db8::15\/128"\n$/);
    assert.throws(() => kinds(wanted, host, "arptables"), { code: "no-arptables", exitStatus: 2 });
  });

  test("TUN by the kernel, and by our program", () => {
    const host = new MemoryHost();
    host.hasIpip = true;
    const wanted = tun("200.168.10.10", { kernel: true });
    assert.match(
      kinds(wanted, host, "ifcfg"),
      /^# \/etc\/modules-load.d\/ipip.conf\nipip\n\n(.*\n)*net.ipv4.conf.tunl0.rp_filter = 2\n\n.*ifcfg-tunl0\nDEVICE=tunl0\nTYPE=ipip\nIPADDR=200.168.10.10\n/,
    );
    assert.match(kinds(wanted, host, "netplan"), /tunl0:\n {6}match:\n {8}name: tunl0\n/);
    assert.match(
      kinds(tun("200.168.10.10"), host, "networkd"),
      /rondo realserver tun 200.168.10.10 --unit\n$/,
    );
  });

  test("NAT", () => {
    const host = new MemoryHost();
    const wanted = nat("192.168.4.5", ["192.168.4.0/24"]);
    assert.match(kinds(wanted, host, "sysctl"), /^net.ipv4.conf.eth0.accept_redirects = 0\n$/m);
    assert.match(
      kinds(wanted, host, "ifcfg"),
      /ifcfg-eth0\n# .*\nGATEWAY=192.168.4.5\n\n.*route-eth0\n192.168.4.5 dev eth0\n192.168.4.128\/25 via 192.168.4.5 dev eth0\n192.168.4.0\/25 via/,
    );
    assert.match(
      kinds(wanted, host, "networkd"),
      /\[Route\]\nGateway=192.168.4.5\n\n\[Route\]\nDestination=192.168.4.5\nScope=link\n\n\[Route\]\nDestination=192.168.4.128\/25\nGateway=192.168.4.5\n/,
    );
    assert.match(
      kinds(wanted, host, "netplan"),
      /eth0:\n {6}routes:\n {8}- to: default\n {10}via: 192.168.4.5\n {8}- to: 192.168.4.5\n {10}scope: link\n/,
    );
    assert.throws(() => kinds(wanted, host, "arptables"), { code: "no-arptables" });
  });
});

const servers = [
  dr("192.168.4.15"),
  dr("192.168.4.16"),
  dr("2001:db8::15"),
  tun("192.168.4.15"),
  tun("192.168.4.17", { clampMss: true }),
  tun("192.168.4.18", { kernel: true }),
  nat("192.168.4.5"),
  nat("192.168.4.5", ["192.168.4.0/24"]),
  nat("192.168.4.5", ["192.168.4.9", "10.0.0.0/8"]),
];

/** Hosts of many kinds. */
const hostOf = fc
  .record({
    lo: fc.boolean(),
    two: fc.boolean(),
    gateway: fc.constantFrom(undefined, 0, 100),
    near: fc.boolean(),
    onLo: fc.boolean(),
    values: fc.dictionary(
      fc.constantFrom(
        "all/arp_ignore",
        "all/arp_announce",
        "eth0/arp_ignore",
        "eth0/arp_announce",
        "all/rp_filter",
        "eth1/rp_filter",
        "eth0/rp_filter",
        "all/accept_redirects",
      ),
      fc.constantFrom("0", "1", "2", "3", "8"),
    ),
  })
  .map(({ lo, two, gateway, near, onLo, values }) => {
    const host = new MemoryHost();
    host.hasIpip = true;
    host.do({ do: "load-module", name: "ipip", link: "tunl0" });
    host.do({ do: "set-link", link: "lo", up: lo });
    if (two) host.links.push(link("eth1"));
    if (gateway !== undefined) host.routes.push(route("0.0.0.0/0", "eth0", "192.168.4.1", "dhcp", gateway));
    if (near) host.routes.push(route("10.1.0.0/16", "eth0", "192.168.4.2"));
    if (onLo) host.addresses.push(address("lo", "192.168.4.15", 32, "lo:3"));
    for (const [name, value] of Object.entries(values)) host.sysctls.set(`net/ipv4/conf/${name}`, value);
    return host;
  });

describe("making and unmaking", () => {
  test("after it was made all of it holds, and to make it again changes nothing", () => {
    fc.assert(
      fc.property(hostOf, fc.constantFrom(...servers), (host, wanted) => {
        const made = make(host, wanted);
        const picture = host.picture();
        for (const step of planFor(wanted, host).steps)
          if (!(wanted.method === "tun" && wanted.clampMss)) assert.ok(holds(step, host), textOf(step));
        assert.deepEqual(make(host, wanted, made), made);
        assert.deepEqual(host.picture(), picture);
      }),
    );
  });

  test("several servers, made in any order (one of them killed on the way) and unmade in any order, leave what was there", () => {
    fc.assert(
      fc.property(
        hostOf,
        fc.shuffledSubarray(servers, { minLength: 1 }),
        fc.nat(8),
        fc.nat(),
        (host, chosen, stop, seed) => {
          const before = host.picture();
          let made = nothingMade;
          const there = new Map<string, Wanted>();
          for (const [index, wanted] of chosen.entries()) {
            made = make(host, wanted, made, index === seed % chosen.length ? stop : 1e9);
            there.set(keyOf(wanted), wanted);
          }
          const back = [...there.values()].sort((a, b) => (keyOf(a) + seed < keyOf(b) + seed ? 1 : -1));
          for (const wanted of back) made = unmake(host, wanted, made);
          assert.deepEqual(made, nothingMade);
          assert.deepEqual(host.picture(), before);
        },
      ),
    );
  });

  test("a server that stays keeps all it needs", () => {
    fc.assert(
      fc.property(hostOf, fc.shuffledSubarray(servers, { minLength: 2 }), (host, chosen) => {
        const [stays, ...others] = chosen;
        let made = make(host, stays!);
        for (const wanted of others) made = make(host, wanted, made);
        for (const wanted of others) if (keyOf(wanted) !== keyOf(stays!)) made = unmake(host, wanted, made);
        const last = others.filter((one) => keyOf(one) === keyOf(stays!)).at(-1) ?? stays!;
        for (const step of planFor(last, host).steps)
          if (!(last.method === "tun" && last.clampMss)) assert.ok(holds(step, host), textOf(step));
      }),
    );
  });

  test("what somebody has changed since is his", () => {
    const foreign: ((host: MemoryHost) => void)[] = [
      (host) => host.sysctls.set("net/ipv4/conf/all/arp_announce", "1"),
      (host) => host.sysctls.set("net/ipv4/conf/all/accept_redirects", "7"),
      (host) => host.routes.push(route("0.0.0.0/0", "eth0", "192.168.4.77", "bird", 20)),
      (host) => host.do({ do: "replace-route", route: route("0.0.0.0/0", "eth0", "192.168.4.77") }),
      (host) => {
        host.do({ do: "remove-address", link: "lo", address: ip("192.168.4.15") });
        host.addresses.push(address("lo", "192.168.4.15", 32, "lo:vip"));
      },
    ];
    for (const change of foreign)
      for (const wanted of [dr("192.168.4.15"), nat("192.168.4.5")]) {
        const host = new MemoryHost();
        host.routes.push(route("0.0.0.0/0", "eth0", "192.168.4.1"));
        const made = make(host, wanted);
        const twin = new MemoryHost();
        twin.routes.push(route("0.0.0.0/0", "eth0", "192.168.4.1"));
        change(host);
        change(twin);
        unmake(host, wanted, made);
        const [is, expected] = [host.picture(), twin.picture()] as { links: unknown }[];
        assert.deepEqual({ ...is, links: 0 }, { ...expected, links: 0 });
      }
  });

  test("a change of somebody between two makings is what is put back", () => {
    const host = new MemoryHost();
    const made = make(host, nat("192.168.4.5"));
    host.do({ do: "replace-route", route: route("0.0.0.0/0", "eth0", "192.168.4.77") });
    const again = make(host, nat("192.168.4.5"), made);
    unmake(host, nat("192.168.4.5"), again);
    assert.equal(
      host.routes.find(({ destination }) => destination.length === 0)?.hops[0]?.gateway?.toString(),
      "192.168.4.77",
    );
  });

  test("a gateway that no route leads to is put back as on the link; one whose link has gone is not", () => {
    const host = new MemoryHost();
    host.routes.push(route("0.0.0.0/0", "eth0", "169.254.1.1"));
    const made = make(host, nat("192.168.4.5"));
    const key = keyOf(nat("192.168.4.5"));
    assert.deepEqual(
      undoing(made, key, host).actions.map(commandOf)[0],
      "ip route replace default via 169.254.1.1 dev eth0 onlink",
    );
    host.do({ do: "set-link", link: "eth0", up: false });
    assert.deepEqual(
      undoing(made, key, host).actions.map(commandOf)[0],
      "ip route del default via 192.168.4.5 dev eth0",
    );
  });

  test("a route that could not be put back is not replaced", () => {
    const host = new MemoryHost();
    host.routes.push({ ...route("0.0.0.0/0", "eth0"), hops: [], type: "unreachable" });
    assert.throws(() => make(host, nat("192.168.4.5")), { code: "route-in-the-way" });
  });

  test("a record is read as it was written, and another text is none", () => {
    for (const wanted of servers) {
      const json = JSON.parse(JSON.stringify(wantedToJson(wanted)));
      assert.deepEqual(JSON.parse(JSON.stringify(wantedToJson(wantedFrom(json)))), json);
    }
    for (const text of ["", "{", "[]", '{"vips":{}}', "null"]) assert.equal(parseRecord(text), undefined);
  });
});
