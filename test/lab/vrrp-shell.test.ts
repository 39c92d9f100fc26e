import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { RouteEntry, RuleEntry } from "../../src/config/keepalived/model/index.js";
import { withNetworkNamespace, writeSysctl } from "../../src/sys/index.js";
import { decodeEthernet, decodeIpv6, EtherType, Icmpv6Type } from "../../src/wire/index.js";
import { noTracking, tracked, vip } from "../vrrp/settings.js";
import { ip, type Place, peer } from "./netlink-places.js";
import { eventually, fast, has, roleConfig, runRole, vrrpHosts } from "./vrrp-hosts.js";

const at = { file: "test", line: 1, column: 1 };
const prefix = (text: string, prefixLength: number) => ({ address: ip(text), prefixLength });
const virtualMac = "00:00:5e:00:01:33";

/** Without holding up the routers, which live on this thread. */
async function pings(from: Place, to: string): Promise<boolean> {
  const child = withNetworkNamespace(from.namespace, () =>
    spawn("ping", ["-c1", "-W1", "-n", to], { stdio: "ignore" }),
  );
  const [status] = (await once(child, "exit")) as [number | null];
  return status === 0;
}

test("a vmac has the virtual router's MAC, sends by it, refuses what no_accept says, and goes", async (t) => {
  const made = vrrpHosts(t);
  if (!made) return;
  const [one, two] = made.hosts;
  withNetworkNamespace(one.namespace, () => writeSysctl("net.ipv4.conf.all.rp_filter", 1));
  const settings = fast({ vmac: { kind: "macvlan" } });
  const config = roleConfig([settings]);
  const running = runRole(t, made, one, config);
  await eventually("master", () => running.states.includes("MASTER"));
  const link = one.network.links.get("vrrp.51");
  assert.deepEqual([link.kind, `${link.mac}`, link.up], ["macvlan", virtualMac, true]);
  assert.ok(has(one, "192.168.4.80", "vrrp.51"));
  assert.equal(has(one, "192.168.4.80"), undefined);
  const setting = (device: string, name: string) =>
    withNetworkNamespace(one.namespace, () =>
      one.run("cat", `/proc/sys/net/ipv4/conf/${device}/${name}`).trim(),
    );
  assert.deepEqual(
    ["arp_ignore", "accept_local", "rp_filter"].map((name) => setting("vrrp.51", name)),
    ["1", "1", "0"],
  );
  assert.deepEqual(
    [setting("eth0", "arp_ignore"), setting("eth0", "arp_filter"), setting("all", "rp_filter")],
    ["1", "1", "0"],
  );
  const ofVmac = () =>
    made.frames.map((frame) => decodeEthernet(frame)!).filter(({ source }) => `${source}` === virtualMac);
  await eventually("advertisements and ARP from the virtual MAC", () => ofVmac().length >= 7);
  assert.deepEqual(
    [...new Set(ofVmac().map(({ type }) => type))].sort(),
    [EtherType.IPv4, EtherType.ARP].sort(),
  );
  const membership = ofVmac().some(({ type, payload }) => type === EtherType.IPv4 && payload[9] === 2);
  assert.equal(membership, false, "IGMP left by the vmac");

  // A second router with the same MAC hears the first one.
  const backup = runRole(t, made, two, roleConfig([fast({ vmac: { kind: "macvlan" }, priority: 90 })]));
  if (peer(t, "ping")) {
    assert.equal(await pings(made.client, "192.168.4.80"), true);
    running.role.reload(roleConfig([{ ...settings, accept: false }]));
    assert.equal(await pings(made.client, "192.168.4.80"), false, "no_accept lets a ping through");
    running.role.reload(config);
    assert.equal(await pings(made.client, "192.168.4.80"), true);
  }
  await eventually(
    "advertisements heard by a second vmac",
    () => (backup.role.statistics()["VI_1"]?.receivedAdvertisements ?? 0) > 2,
  );
  await running.role.stop();
  assert.equal(one.network.links.find("vrrp.51"), undefined);
  assert.deepEqual(
    [setting("eth0", "arp_ignore"), setting("all", "rp_filter")],
    ["0", "1"],
    "sysctls as they were before",
  );
  await eventually("the backup's turn", () => backup.states.at(-1) === "MASTER");
});

test("IPv6 with a vmac, and unicast, take over from each other", async (t) => {
  const made = vrrpHosts(t);
  if (!made) return;
  const [one, two] = made.hosts;
  const six = (priority: number) =>
    fast({
      name: "six",
      family: 6,
      virtualRouterId: 60,
      priority,
      addresses: [vip("fe80::80"), vip("fd00:4::80")],
      excludedAddresses: [vip("192.168.4.85")],
      ...(priority === 100 && { vmac: { kind: "macvlan" } }),
    });
  const unicast = (priority: number, mine: number, other: number) =>
    fast({
      name: "unicast",
      virtualRouterId: 61,
      priority,
      unicast: true,
      sourceAddress: ip(`192.168.4.${mine}`),
      unicastPeers: [{ address: ip(`192.168.4.${other}`) }],
      checkUnicastSource: true,
      addresses: [vip("192.168.4.81")],
    });
  const first = runRole(t, made, one, roleConfig([six(100), unicast(100, 11, 12)]));
  await eventually("both masters", () => first.states.filter((state) => state === "MASTER").length === 2);
  const second = runRole(t, made, two, roleConfig([six(90), unicast(90, 12, 11)]));
  assert.ok(has(one, "fd00:4::80", "vrrp.60") && has(one, "192.168.4.81"));
  assert.ok(has(one, "192.168.4.85", "vrrp.60"));
  const advertised = () =>
    made.frames
      .map((frame) => decodeEthernet(frame)!)
      .filter(({ type, payload }) => {
        const packet = type === EtherType.IPv6 ? decodeIpv6(payload) : undefined;
        return packet?.protocol === 58 && packet.payload[0] === Icmpv6Type.neighbourAdvertisement;
      });
  await eventually("unsolicited advertisements", () => advertised().length >= 10);
  const [advertisement] = advertised();
  assert.equal(`${advertisement!.source}`, "00:00:5e:00:02:3c");
  assert.equal(advertisement!.payload[44]! & 0xa0, 0x20, "override, and no router");
  await eventually("advertisements heard", () =>
    Object.values(second.role.statistics()).every((counters) => counters.receivedAdvertisements > 2),
  );
  const start = performance.now();
  await first.role.stop();
  assert.ok(performance.now() - start < 5000);
  const isMaster = ({ state }: { state: string }) => state === "MASTER";
  await eventually("the other's turn", () => second.role.snapshot().instances.every(isMaster));
  assert.ok(has(two, "fd00:4::80") && has(two, "192.168.4.81") && !has(one, "192.168.4.81"));
  const errors = Object.values(second.role.statistics()).map(
    ({ checksumErrors, ipTtlErrors, addressListErrors, packetLengthErrors, unicastSourceErrors }) =>
      checksumErrors + ipTtlErrors + addressListErrors + packetLengthErrors + unicastSourceErrors,
  );
  assert.deepEqual(errors, [0, 0], second.lines.join("\n"));
});

test("routes, rules and static entries come and go, and what is tracked moves the address", async (t) => {
  const made = vrrpHosts(t);
  if (!made) return;
  const [one] = made.hosts;
  const { routes, rules, links } = one.network;
  const folder = mkdtempSync(join(tmpdir(), "rondo-vrrp-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "weight");
  const script = join(folder, "up");
  writeFileSync(script, "");
  const route = (text: string, some: Partial<RouteEntry> = {}): RouteEntry => ({
    family: 4,
    type: "unicast",
    destination: prefix(text, 24),
    hops: [{ via: ip("192.168.4.13"), device: "eth0", onlink: false }],
    metrics: {},
    lockedMetrics: [],
    append: false,
    noTrack: false,
    at,
    ...some,
  });
  const rule: RuleEntry = {
    family: 4,
    not: false,
    from: prefix("10.99.0.0", 16),
    action: "lookup",
    table: 99,
    preference: 500,
    l3mdev: false,
    noTrack: false,
    at,
  };
  const byHand = { destination: ip("10.51.0.0"), prefixLength: 24, gateway: ip("192.168.4.13") };
  routes.add(byHand);
  const settings = fast({
    routes: [
      route("10.50.0.0", { preferredSource: ip("192.168.4.80"), metrics: { mtu: 1300 } }),
      route("10.51.0.0"),
      route("10.52.0.0", { table: 99, hops: [], type: "blackhole" }),
    ],
    rules: [rule],
    tracking: {
      ...noTracking,
      interfaces: [],
      files: [tracked("weight", 1)],
      scripts: [tracked("check")],
      processes: [tracked("sleeper", -20)],
    },
  });
  const config = roleConfig([settings], {
    trackFiles: [
      { name: "weight", path: file, weight: 1, reverse: false, init: { value: 5, overwrite: false }, at },
    ],
    scripts: [
      {
        name: "check",
        command: { argv: ["/usr/bin/test", "-e", script], at },
        interval: 100,
        weight: 0,
        reverse: false,
        rise: 1,
        fall: 2,
        initFail: false,
        at,
      },
    ],
    trackProcesses: [
      {
        name: "sleeper",
        path: "/usr/bin/sleep",
        parameters: [`97${process.pid}`],
        parameterMatch: "exact",
        fullCommand: true,
        weight: 0,
        reverse: false,
        quorum: 1,
        forkDelay: 0,
        terminateDelay: 0,
        at,
      },
    ],
    staticAddresses: [{ ...vip("192.168.4.70", "eth0"), prefixLength: 32 }],
    staticRoutes: [route("10.60.0.0")],
  });
  const running = runRole(t, made, one, config);
  const instanceNow = () => running.role.snapshot().instances[0]!;
  await eventually("master", () => running.states.includes("MASTER"));
  const list = () => routes.list({ table: 0, family: 4 });
  const there = (text: string) => list().find((one) => one.destination.equals(ip(text)));
  assert.deepEqual([there("10.50.0.0")?.source?.toString(), there("10.50.0.0")?.mtu], ["192.168.4.80", 1300]);
  assert.equal(there("10.50.0.0")?.protocol, "keepalived");
  assert.ok(there("10.52.0.0")?.table === 99 && there("10.60.0.0") && has(one, "192.168.4.70"));
  assert.ok(rules.list(4).some(({ preference, table }) => preference === 500 && table === 99));
  assert.equal(instanceNow().priority, 85, "100, 5 of the file, -20 without the process");

  routes.remove({ destination: ip("10.50.0.0"), prefixLength: 24 });
  rules.remove({ family: 4, preference: 500, table: 99 });
  await eventually("the route and the rule again", () => {
    return there("10.50.0.0") && rules.list(4).some(({ preference }) => preference === 500);
  });
  writeFileSync(file, "7\n");
  await eventually("the file's weight", () => instanceNow().priority === 87);
  rmSync(file);
  await eventually("the file's end", () => instanceNow().priority === 80);
  const child = spawn("/usr/bin/sleep", [`97${process.pid}`], { argv0: "/usr/bin/sleep" });
  t.after(() => child.kill("SIGKILL"));
  await eventually("the process", () => instanceNow().priority === 100);
  child.kill("SIGKILL");
  await eventually("the process's end", () => instanceNow().priority === 80);

  rmSync(script);
  await eventually("FAULT by the script", () => running.states.at(-1) === "FAULT");
  assert.equal(there("10.50.0.0") ?? there("10.52.0.0"), undefined);
  assert.equal(
    rules.list(4).some(({ preference }) => preference === 500),
    false,
  );
  assert.equal(there("10.51.0.0")?.protocol, "static", "somebody else's route stays");
  writeFileSync(script, "");
  await eventually("master again", () => running.states.at(-1) === "MASTER");
  links.down("eth0");
  await eventually("FAULT by the interface", () => running.states.at(-1) === "FAULT");
  links.up("eth0");
  await eventually("master once more", () => running.states.at(-1) === "MASTER" && has(one, "192.168.4.80"));
  await eventually("the routes that went with the interface", () => there("10.50.0.0") && there("10.60.0.0"));
  await running.role.stop();
  assert.equal(there("10.50.0.0") ?? there("10.60.0.0"), undefined);
  assert.equal(has(one, "192.168.4.70"), undefined);
});
