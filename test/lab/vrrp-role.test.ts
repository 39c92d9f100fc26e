import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { withNetworkNamespace } from "../../src/sys/index.js";
import type { VrrpRoleSnapshot } from "../../src/vrrp/index.js";
import { decodeArp, decodeEthernet, decodeIpv4, EtherType, IpProtocol } from "../../src/wire/index.js";
import { instance, vip } from "../vrrp/settings.js";
import { ip, type Place } from "./netlink-places.js";
import { eventually, fast, has, roleConfig, runRole, type VrrpHosts, vrrpHosts } from "./vrrp-hosts.js";

/** Behind the Ethernet header, of every frame that a host sent. */
const sentBy = ({ frames }: VrrpHosts, number: number, type: number) =>
  frames.flatMap((frame) => {
    const ethernet = decodeEthernet(frame);
    return ethernet?.type === type && `${ethernet.source}` === `02:00:00:00:04:${number}`
      ? [Buffer.from(ethernet.payload)]
      : [];
  });
const adverts = (hosts: VrrpHosts, number: number) =>
  sentBy(hosts, number, EtherType.IPv4).filter((packet) => packet[9] === IpProtocol.VRRP);

test("two roles: one is master, gives way, and stops without a gap", async (t) => {
  const made = vrrpHosts(t);
  if (!made) return;
  const [one, two] = made.hosts;
  // Version 2, as captured of keepalived 2.2.7: priority 90, id 51, password 1111, from 192.168.4.12.
  const lower = runRole(
    t,
    made,
    two,
    roleConfig([
      instance({ priority: 90, downTimerAdverts: 1, authentication: { type: "PASS", password: "1111" } }),
    ]),
  );
  await eventually("the first master", () => lower.states.includes("MASTER"));
  assert.ok(has(two, "192.168.4.80"));
  await eventually("two advertisements", () => adverts(made, 12).length >= 2);
  const recorded = "45c0002800010000ff7015dec0a8040ce000001221335a0101015c6fc0a804503131313100000000";
  assert.equal(adverts(made, 12)[0]!.toString("hex"), recorded);
  assert.equal(decodeIpv4(adverts(made, 12)[1]!)?.identification, 2);
  const arps = sentBy(made, 12, EtherType.ARP).map((packet) => packet.subarray(0, 28).toString("hex"));
  const own = "02000000040c".replace("0c", "12");
  const gratuitous = `0001080006040001${own}c0a80450ffffffffffffc0a80450`;
  assert.ok(arps.filter((arp) => arp === gratuitous).length >= 5, arps.join(" "));
  const kept = has(two, "192.168.4.80");
  assert.ok(kept?.validSeconds !== undefined && kept.validSeconds <= 3 && kept.protocol === 18);

  const higher = runRole(
    t,
    made,
    one,
    roleConfig([
      instance({ priority: 100, downTimerAdverts: 1, authentication: { type: "PASS", password: "1111" } }),
    ]),
  );
  await eventually("the takeover", () => higher.states.includes("MASTER"));
  await eventually("the other's going back", () => lower.states.at(-1) === "BACKUP");
  assert.equal(has(two, "192.168.4.80"), undefined);
  assert.ok(
    lower.lines.some((line) =>
      /Master received advert from 192\.168\.4\.11 with higher priority 100, ours 90/.test(line),
    ),
  );

  // Make before break: the address is never on none of both.
  let gap = false;
  const watch = setInterval(() => {
    gap ||= !has(one, "192.168.4.80") && !has(two, "192.168.4.80");
  }, 1);
  await higher.role.stop();
  clearInterval(watch);
  assert.equal(gap, false);
  assert.equal(lower.states.at(-1), "MASTER");
  assert.equal(has(one, "192.168.4.80"), undefined);
});

test("a reload changes what changed and has no transition", async (t) => {
  const made = vrrpHosts(t);
  if (!made) return;
  const [one] = made.hosts;
  const first = roleConfig([fast({ addresses: [vip("192.168.4.80"), vip("192.168.4.81")] })]);
  const running = runRole(t, made, one, first);
  await eventually("master", () => running.states.includes("MASTER"));
  const before = adverts(made, 11).length;
  running.role.reload(
    roleConfig([
      fast({ addresses: [vip("192.168.4.80"), vip("192.168.4.82")], priority: 120 }),
      fast({ name: "VI_2", virtualRouterId: 52, addresses: [vip("192.168.4.90")] }),
    ]),
  );
  assert.deepEqual(
    ["80", "81", "82"].map((last) => has(one, `192.168.4.${last}`) !== undefined),
    [true, false, true],
  );
  await eventually("the second instance", () => has(one, "192.168.4.90"));
  assert.equal(running.states.filter((state) => state === "MASTER").length, 2);
  assert.deepEqual(JSON.parse(JSON.stringify(running.role.snapshot())).held.VI_2, [
    { address: "192.168.4.90/32", device: "eth0" },
  ]);
  await eventually("more advertisements", () => adverts(made, 11).length > before + 2);

  // What somebody removes is put back; what is removed from the file goes.
  one.network.addresses.remove("eth0", { address: ip("192.168.4.80") });
  await eventually("the address again", () => has(one, "192.168.4.80"), 1000);
  running.role.reload(
    roleConfig([fast({ addresses: [vip("192.168.4.80"), vip("192.168.4.82")], priority: 120 })]),
  );
  await eventually("the end of the second instance", () => !has(one, "192.168.4.90"));
  assert.ok(has(one, "192.168.4.80"));
  assert.ok(running.states.includes("STOPPED"));
  const counters = running.role.statistics()["VI_1"];
  assert.ok(counters && counters.sentAdvertisements > 0 && counters.masterTransitions >= 0);
  assert.ok(
    sentBy(made, 11, EtherType.ARP).some((packet) => decodeArp(packet)?.senderIp.equals(ip("192.168.4.82"))),
  );
});

/** A child with a role that is master, and its snapshot. */
async function masterChild(t: TestContext, host: Place) {
  const path = new URL("./vrrp-child.js", import.meta.url).pathname;
  const child = withNetworkNamespace(host.namespace, () =>
    spawn(process.execPath, [path], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  const kill = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { snapshot: JSON.parse(line) as VrrpRoleSnapshot, kill };
}

test("a role that is killed goes on in the next process, or loses its address by itself", async (t) => {
  const made = vrrpHosts(t);
  if (!made) return;
  const [one] = made.hosts;
  const first = await masterChild(t, one);
  assert.ok(has(one, "192.168.4.80"));
  await first.kill();
  const next = runRole(t, made, one, roleConfig([fast({ priority: 200 })]), { handover: first.snapshot });
  assert.ok(has(one, "192.168.4.80"), "the address was gone before its time");
  assert.deepEqual(next.states, []);
  assert.equal(next.role.snapshot().instances[0]?.state, "MASTER");
  await next.role.stop(false);
  assert.equal(has(one, "192.168.4.80"), undefined);

  const second = await masterChild(t, one);
  await second.kill();
  const killed = performance.now();
  await eventually("the end of the address", () => !has(one, "192.168.4.80"));
  const life = performance.now() - killed;
  assert.ok(life < 6000, `the address lived ${life} ms longer than its process`);
});
