import assert from "node:assert/strict";
import { test } from "node:test";
import { NetlinkError, type NewRoute, type NewRule } from "../../src/netlink/index.js";
import { buildSwitch, ip, type Place, peer, places } from "./netlink-places.js";

const prefix = (text: string, prefixLength: number) => ({ address: ip(text), prefixLength });

test("a route has all that ip can give it", (t) => {
  const made = buildSwitch(t);
  if (!made) return;
  const { left } = made;
  const { routes } = left.network;
  const full: NewRoute = {
    destination: ip("10.70.0.0"),
    prefixLength: 16,
    gateway: ip("192.168.77.1"),
    link: "eth0",
    onLink: true,
    table: 700,
    metric: 12,
    tos: 16,
    scope: 200,
    protocol: 18,
    source: ip("10.9.0.1"),
    realms: (3 << 16) | 4,
    metrics: {
      mtu: 1300,
      window: 4096,
      rtt: 800,
      rttvar: 400,
      ssthresh: 20,
      cwnd: 30,
      advmss: 1200,
      reordering: 5,
      hoplimit: 9,
      initcwnd: 11,
      features: 1,
      rto_min: 250,
      initrwnd: 13,
      quickack: 1,
    },
    lockedMetrics: ["mtu", "advmss"],
    congestionControl: "reno",
  };
  routes.add(full);
  const [read] = routes.list({ table: 700 });
  assert.deepEqual(
    [read?.metrics, read?.lockedMetrics, read?.congestionControl, read?.tos, read?.scope, read?.protocol],
    [full.metrics, full.lockedMetrics, "reno", 16, "site", "keepalived"],
  );
  assert.equal(read?.nextHops[0]?.onLink, true);

  routes.add({
    destination: ip("10.71.0.0"),
    prefixLength: 16,
    table: 700,
    nextHops: [
      { gateway: ip("10.9.0.2"), link: "eth0", weight: 3 },
      { gateway: ip("192.168.77.2"), link: "eth0", onLink: true },
    ],
  });
  routes.add({ destination: ip("10.72.0.0"), prefixLength: 16, table: 700, gateway: ip("10.9.0.2") });
  routes.append({ destination: ip("10.72.0.0"), prefixLength: 16, table: 700, gateway: ip("10.9.0.3") });
  assert.equal(
    routes.list({ table: 700 }).filter((route) => route.destination.equals(ip("10.72.0.0"))).length,
    2,
  );
  for (const type of ["throw", "prohibit"] as const)
    routes.add({
      destination: ip("10.73.0.0"),
      prefixLength: 16,
      table: 701,
      tos: type === "throw" ? 4 : 8,
      type,
    });
  routes.add({
    destination: ip("fd00:70::"),
    prefixLength: 64,
    gateway: ip("fd00:9::2"),
    link: "eth0",
    table: 700,
    preference: "high",
    expires: 1000,
    congestionControl: "reno",
  });
  routes.append({
    destination: ip("fd00:70::"),
    prefixLength: 64,
    gateway: ip("fd00:9::3"),
    link: "eth0",
    table: 700,
    expires: 1000,
  });
  const six = routes.list({ table: 700, family: 6 });
  assert.ok(six.some(({ expires }) => expires !== undefined && expires > 900 && expires <= 1000));
  assert.throws(
    () => routes.add({ destination: ip("10.74.0.0"), metrics: { mut: 1300 } }),
    /no metric "mut"/,
  );

  if (peer(t, "ip")) {
    const shown = left.run("ip", "route", "show", "table", "700");
    assert.match(
      shown,
      /10\.70\.0\.0\/16 tos 0x10 via 192\.168\.77\.1 dev eth0 proto keepalived scope site src 10\.9\.0\.1 metric 12 onlink realms 3\/4 mtu lock 1300 /,
    );
    assert.match(
      shown,
      /window 4096 rtt 100ms rttvar 100ms ssthresh 20 cwnd 30 advmss lock 1200 .*hoplimit 9 initcwnd 11 /,
    );
    assert.match(shown, /rto_min lock 250ms|rto_min 250ms/);
    assert.match(shown, /congctl reno/);
    assert.match(shown, /nexthop via 192\.168\.77\.2 dev eth0 weight 1 onlink/);
    assert.match(left.run("ip", "-6", "route", "show", "table", "700"), /expires \d+sec .*pref high/);
  }
  routes.remove(full);
  assert.equal(
    routes.list({ table: 700 }).some(({ metric }) => metric === 12),
    false,
  );
});

test("policy rules have all that ip can give them", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const [place] = made as [Place];
  const { rules } = place.network;
  const wanted: NewRule[] = [
    {
      family: 4,
      preference: 100,
      not: true,
      from: prefix("10.0.0.0", 8),
      to: prefix("192.168.4.0", 24),
      tos: 16,
      mark: { value: 7, mask: 0xff },
      incoming: "lo",
      outgoing: "eth9",
      table: 1000,
      realms: (3 << 16) | 4,
      suppressPrefixLength: 16,
      suppressGroup: 5,
      uidRange: { from: 10, to: 20 },
      ipProtocol: 6,
      sourcePorts: { from: 1000, to: 2000 },
      destinationPorts: { from: 80, to: 80 },
      protocol: 18,
    },
    { family: 4, preference: 101, action: "goto", gotoPreference: 32_767, tunnelId: 0x1122334455n },
    { family: 4, preference: 102, action: "nop" },
    { family: 4, preference: 103, from: prefix("10.1.0.0", 16), action: "blackhole" },
    { family: 6, preference: 104, from: prefix("fd00::", 16), action: "unreachable" },
    { family: 6, preference: 105, to: prefix("fd00:1::", 64), action: "prohibit" },
    { family: 6, preference: 106, from: prefix("fd00::9", 128), table: 20 },
  ];
  for (const rule of wanted) rules.add(rule);
  assert.throws(
    () => rules.add(wanted[0]!),
    (error) => NetlinkError.is(error, "EEXIST"),
  );
  try {
    rules.add({ family: 4, preference: 107, l3mdev: true });
    assert.equal(rules.list(4).find(({ preference }) => preference === 107)?.l3mdev, true);
  } catch (error) {
    assert.ok(NetlinkError.is(error, "EINVAL", "EOPNOTSUPP"), `${error}`); // A kernel without l3mdev.
  }
  const listed = rules.list().filter(({ preference }) => preference >= 100 && preference < 107);
  assert.equal(listed.length, wanted.length);
  for (const [index, rule] of wanted.entries()) {
    const found = listed[index] as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(rule)) assert.deepEqual(found[name], value, name);
  }
  if (peer(t, "ip")) {
    const shown = place.run("ip", "rule");
    assert.match(
      shown,
      /100:\tnot from 10\.0\.0\.0\/8 to 192\.168\.4\.0\/24 tos 0x10 fwmark 0x7\/0xff iif lo oif eth9 \[detached\] uidrange 10-20 ipproto tcp sport 1000-2000 dport 80/,
    );
    assert.match(
      shown,
      /lookup 1000 suppress_prefixlength 16 suppress_ifgroup 5 realms 3\/4 proto keepalived/,
    );
    assert.match(shown, /101:\tfrom all tun_id 73588229205 goto 32767/);
    assert.match(place.run("ip", "-6", "rule"), /104:\tfrom fd00::\/16 unreachable/);
  }
  for (const rule of wanted) rules.remove(rule);
  assert.throws(
    () => rules.remove(wanted[0]!),
    (error) => NetlinkError.is(error, "ENOENT"),
  );
});

test("an address says who made it, and has the flags that were asked for", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const [place] = made as [Place];
  const { links, addresses } = place.network;
  links.createVeth({ name: "a", up: true, peer: { name: "b", up: true } });
  const pair = { address: ip("10.0.0.1"), peer: ip("10.0.0.2"), prefixLength: 24 };
  addresses.add("a", { ...pair, protocol: 18, scope: 200, validSeconds: 500 });
  addresses.add("a", {
    address: ip("fd00::1"),
    prefixLength: 64,
    home: true,
    manageTemporary: true,
    noDuplicateDetection: true,
    protocol: 18,
  });
  addresses.add("a", { address: ip("239.1.2.3"), autoJoin: true });
  const own = addresses.list("a").filter(({ protocol }) => protocol === 18);
  assert.deepEqual(
    own.map(({ address, scope }) => `${address} ${scope}`),
    ["10.0.0.1 site", "fd00::1 global"],
  );
  if (peer(t, "ip")) {
    const shown = place.run("ip", "address", "show", "a");
    assert.match(shown, /fd00::1\/64 scope global (nodad )?home mngtmpaddr|fd00::1\/64 scope global home/);
    assert.match(place.run("ip", "maddress", "show", "a"), /239\.1\.2\.3/);
  }
  // Given again, its time begins anew and nothing else changes.
  const before = addresses.list("a");
  addresses.replace("a", { ...pair, protocol: 18, scope: 200, validSeconds: 900 });
  const after = addresses.list("a");
  assert.deepEqual(
    after.map(({ address, secondary, scope }) => `${address} ${secondary} ${scope}`),
    before.map(({ address, secondary, scope }) => `${address} ${secondary} ${scope}`),
  );
  assert.ok((after.find(({ protocol }) => protocol === 18)?.validSeconds ?? 0) > 800);
  addresses.remove("a", pair);
});

test("an ipvlan has its parent's Ethernet address", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const [place] = made as [Place];
  const { links } = place.network;
  links.createVeth({ name: "a", up: true, peer: { name: "b", up: true } });
  try {
    links.createIpvlan({ name: "ipvl", parent: "a", up: true });
  } catch (error) {
    if (!NetlinkError.is(error, "EOPNOTSUPP")) throw error;
    t.skip("this kernel has no ipvlan");
    return;
  }
  const made2 = links.get("ipvl");
  assert.deepEqual([made2.kind, `${made2.mac}`, made2.up], ["ipvlan", `${links.get("a").mac}`, true]);
});
