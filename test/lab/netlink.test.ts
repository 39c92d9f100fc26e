import assert from "node:assert/strict";
import { createServer, Socket } from "node:net";
import { test } from "node:test";
import { NetlinkError } from "../../src/netlink/index.js";
import {
  AF_INET,
  connect,
  inetAddress,
  listenReusable,
  SOCK_STREAM,
  socket,
  withNetworkNamespace,
} from "../../src/sys/index.js";
import { buildSwitch, ip, type Place, peer, places, until } from "./netlink-places.js";

test("hosts joined by veths and a bridge speak TCP with each other", async (t) => {
  const made = buildSwitch(t);
  if (!made) return;
  const { left, middle, right } = made;
  const listening = withNetworkNamespace(right.namespace, () => listenReusable(ip("10.9.0.2").bytes, 7));
  const server = createServer((connection) => connection.pipe(connection)).listen({ fd: listening });
  t.after(() => server.close());
  const fd = withNetworkNamespace(left.namespace, () => socket(AF_INET, SOCK_STREAM));
  await until("a signal", () => left.network.links.get("eth0").carrier);
  connect(fd, inetAddress(ip("10.9.0.2").bytes, 7));
  const client = new Socket({ fd });
  const answer = await new Promise<string>((resolve, reject) => {
    client.on("data", (data) => resolve(data.toString())).on("error", reject);
    client.write("over the bridge");
  });
  client.destroy();
  assert.equal(answer, "over the bridge");
  const neighbour = left.network.neighbours.find("eth0", ip("10.9.0.2"));
  const { sent, received } = left.network.links.statistics("eth0");
  assert.ok(
    sent.packets >= 4 && sent.bytes > 4 * 40 && received.packets >= 2,
    JSON.stringify({ sent, received }),
  );
  if (peer(t, "ip")) {
    const { links } = middle.network;
    const fresh = () => ({ port1: links.statistics("port1"), port2: links.statistics("port2") });
    const shown = await until("two equal readings around one of ip's", () => {
      const mine = fresh();
      const rows = middle
        .json("ip", "-j", "-s", "link")
        .filter((row) => String(row["ifname"]).startsWith("port"));
      return JSON.stringify(mine) === JSON.stringify(fresh()) && { rows, mine };
    });
    for (const row of shown.rows) {
      const { rx, tx } = row["stats64"] as Record<string, Record<string, number>>;
      const mine = shown.mine[row["ifname"] as "port1" | "port2"];
      for (const [theirs, ours] of [
        [rx!, mine.received],
        [tx!, mine.sent],
      ] as const)
        for (const name of ["packets", "bytes", "errors", "dropped"] as const)
          assert.equal(ours[name], theirs[name], name);
    }
  }
  assert.equal(neighbour?.mac?.toString(), "02:00:00:00:09:02");
  assert.match(neighbour?.state ?? "", /reachable|delay|stale/);
});

test("links are listed as `ip` lists them", (t) => {
  const made = buildSwitch(t);
  if (!made) return;
  const { left, middle } = made;
  middle.network.links.createMacvlan({ name: "vrrp.51", parent: "br0", mac: "00:00:5e:00:01:33", up: true });
  const port = middle.network.links.get("port1");
  const host = left.network.links.get("eth0");
  assert.deepEqual([port.kind, port.portKind, port.related], ["veth", "bridge", host.index]);
  assert.equal(host.related, port.index);
  assert.notEqual(host.relatedNamespace, undefined);
  assert.equal(port.master, middle.network.links.get("br0").index);
  assert.deepEqual(
    [`${host.mac}`, host.mtu, host.up, host.hardware],
    ["02:00:00:00:09:01", 1400, true, undefined],
  );
  const macvlan = middle.network.links.get("vrrp.51");
  assert.deepEqual(
    [macvlan.kind, macvlan.related, `${macvlan.mac}`],
    ["macvlan", port.master, "00:00:5e:00:01:33"],
  );
  if (!peer(t, "ip")) return;

  const shown = middle.json("ip", "-j", "-d", "link");
  const mine = middle.network.links.list();
  assert.deepEqual(
    mine.map((link) => link.name),
    shown.map((link) => link["ifname"]),
  );
  for (const [index, link] of mine.entries()) {
    const theirs = shown[index]!;
    const info = theirs["linkinfo"] as Record<string, unknown> | undefined;
    const flags = theirs["flags"] as string[];
    assert.equal(link.index, theirs["ifindex"]);
    assert.equal(link.mac?.toString(), theirs["address"]);
    assert.equal(link.mtu, theirs["mtu"]);
    assert.equal(link.up, flags.includes("UP"));
    assert.equal(link.carrier, flags.includes("LOWER_UP"));
    assert.equal(link.loopback, flags.includes("LOOPBACK"));
    assert.equal(link.operationalState.replaceAll(" ", "").toUpperCase(), theirs["operstate"]);
    assert.equal(link.kind, info?.["info_kind"]);
    assert.equal(link.portKind, info?.["info_slave_kind"]);
    assert.equal(link.gsoMaxSize, theirs["gso_max_size"]);
    assert.equal(link.gsoMaxSegments, theirs["gso_max_segs"]);
    assert.equal(link.groMaxSize, theirs["gro_max_size"]);
    assert.equal(link.master && mine.find(({ index }) => index === link.master)?.name, theirs["master"]);
    const data = info?.["info_data"] as Record<string, unknown> | undefined;
    if (link.kind === "bridge")
      assert.deepEqual([data?.["forward_delay"], data?.["stp_state"], data?.["mcast_snooping"]], [0, 0, 0]);
    if (link.kind === "macvlan") assert.equal(data?.["mode"], "private");
  }
  assert.equal(left.json("ip", "-j", "-d", "link", "show", "eth0")[0]?.["inet6_addr_gen_mode"], "none");
});

test("a link is renamed, changed, moved and removed", (t) => {
  const made = places(t, 2);
  if (!made) return;
  const [here, there] = made as [Place, Place];
  const { links } = here.network;
  links.createVeth({ name: "a", up: true, peer: { name: "b" } });
  links.change("a", {
    mtu: 9000,
    mac: "02:00:00:00:00:aa",
    gsoMaxSize: 20_000,
    gsoMaxSegments: 12,
    up: false,
  });
  const { index } = links.get("a");
  links.rename("a", "renamed");
  const changed = links.get(index);
  assert.deepEqual(
    [changed.name, changed.mtu, `${changed.mac}`, changed.gsoMaxSize, changed.gsoMaxSegments, changed.up],
    ["renamed", 9000, "02:00:00:00:00:aa", 20_000, 12, false],
  );
  links.moveTo("renamed", there.namespace, "moved");
  assert.equal(links.find("renamed"), undefined);
  assert.equal(there.network.links.get("moved").mac?.toString(), "02:00:00:00:00:aa");
  links.createBridge({ name: "br0", spanningTree: true, forwardDelay: 4, multicastSnooping: true });
  links.change("b", { master: "br0" });
  links.change("b", { master: null });
  assert.equal(links.get("b").master, undefined);
  links.remove("b");
  assert.equal(there.network.links.find("moved"), undefined);
});

test("refusals say what was wanted, and why not", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const { links, addresses, routes, neighbours } = made[0]!.network;
  links.createVeth({ name: "a", peer: { name: "b" } });
  const refused = (work: () => void, code: string, message: RegExp) =>
    assert.throws(work, (error: NetlinkError) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  refused(() => links.createBridge({ name: "a" }), "netlink-eexist", /^add link a: EEXIST: File exists/);
  refused(() => links.get("nothing"), "netlink-enodev", /^find link nothing: ENODEV: No such device/);
  refused(() => links.up("a name too long for a device"), "bad-link-name", /28 bytes where 1 to 15/);
  refused(() => links.createBridge({ name: "a/b" }), "bad-link-name", /slash/);
  refused(() => links.change("a", { mtu: -1 }), "bad-mtu", /-1 is not an MTU/);
  refused(() => links.change("a", { mac: "02-00" }), "bad-mac-address", /"02-00"/);
  refused(() => addresses.add("a", { address: ip("10.0.0.1"), prefixLength: 33 }), "bad-prefix-length", /33/);
  refused(() => addresses.remove("a", { address: ip("10.0.0.1") }), "netlink-eaddrnotavail", /10.0.0.1\/32/);
  refused(
    () => routes.add({ gateway: ip("10.0.0.1") }),
    "netlink-enetunreach",
    /^add route default: ENETUNREACH: Network is unreachable \(Nexthop has invalid gateway\)/,
  );
  refused(() => neighbours.remove("a", ip("10.0.0.1")), "netlink-enoent", /remove neighbour 10.0.0.1 from a/);
});

test("addresses are added, listed as `ip` lists them, and removed", async (t) => {
  const made = places(t, 1);
  if (!made) return;
  const [place] = made as [Place];
  const { links, addresses } = place.network;
  links.createVeth({ name: "ens33", up: true, peer: { name: "other", up: true } });
  links.change("ens33", { addressGeneration: "none" });
  addresses.add("ens33", { address: ip("192.168.4.5"), prefixLength: 24, broadcast: ip("192.168.4.255") });
  addresses.add("ens33", { address: ip("192.168.4.15"), label: "ens33:0" });
  addresses.add("ens33", {
    address: ip("192.168.5.16"),
    prefixLength: 24,
    scope: "link",
    noPrefixRoute: true,
  });
  addresses.add("ens33", { address: ip("10.0.0.1"), peer: ip("10.0.0.2") });
  addresses.add("ens33", { address: ip("10.1.1.1"), validSeconds: 100, preferredSeconds: 50 });
  addresses.add("ens33", { address: ip("fd00::5"), prefixLength: 64, noDuplicateDetection: true });
  addresses.add("ens33", { address: ip("fd00::6"), prefixLength: 64, preferredSeconds: 0 });
  assert.throws(() => addresses.add("ens33", { address: ip("fd00::7"), label: "ens33:1" }), /have none/);
  assert.throws(
    () => addresses.add("ens33", { address: ip("192.168.4.15") }),
    (error) => NetlinkError.is(error, "EEXIST"),
  );
  addresses.replace("ens33", { address: ip("10.1.1.1"), validSeconds: 200, preferredSeconds: 150 });
  const found = (text: string) => addresses.list("ens33").find(({ address }) => address.equals(ip(text)));
  assert.deepEqual([found("192.168.4.15")?.label, found("192.168.4.15")?.prefixLength], ["ens33:0", 32]);
  assert.deepEqual([found("192.168.5.16")?.scope, found("192.168.5.16")?.noPrefixRoute], ["link", true]);
  assert.equal(found("10.0.0.1")?.peer?.toString(), "10.0.0.2");
  assert.deepEqual([found("fd00::5")?.tentative, found("fd00::6")?.tentative], [false, true]);
  assert.equal(found("fd00::6")?.preferredSeconds, 0);
  assert.ok(
    addresses.list().some(({ address, scope }) => address.equals(ip("127.0.0.1")) && scope === "host"),
  );

  if (peer(t, "ip")) {
    const [shown] = place.json("ip", "-j", "addr", "show", "dev", "ens33");
    const theirs = (shown!["addr_info"] as Record<string, unknown>[]).map((info) => ({
      address: info["local"],
      prefixLength: info["prefixlen"],
      peer: info["address"],
      broadcast: info["broadcast"],
      label: info["label"],
      scope: info["scope"],
      secondary: info["secondary"] ?? false,
      tentative: info["tentative"] ?? false,
      noPrefixRoute: info["noprefixroute"] ?? false,
      lasts: info["valid_life_time"] === 4294967295,
    }));
    const mine = addresses.list("ens33").map((address) => ({
      address: address.address.toString(),
      prefixLength: address.prefixLength,
      peer: address.peer?.toString(),
      broadcast: address.broadcast?.toString(),
      label: address.label,
      scope: address.scope,
      secondary: address.secondary,
      tentative: address.tentative,
      noPrefixRoute: address.noPrefixRoute,
      lasts: address.validSeconds === undefined,
    }));
    assert.deepEqual(mine, theirs);
  }

  addresses.remove("ens33", { address: ip("192.168.4.15") });
  addresses.remove("ens33", { address: ip("fd00::5"), prefixLength: 64 });
  assert.equal(found("192.168.4.15") ?? found("fd00::5"), undefined);
  addresses.replace("ens33", { address: ip("10.1.1.1"), validSeconds: 1 });
  await until("the end of an address's time", () => !found("10.1.1.1"));
});

test("routes are added, asked for, listed as `ip` lists them, and removed", (t) => {
  const made = buildSwitch(t);
  if (!made) return;
  const { left } = made;
  const { routes, links } = left.network;
  const { index } = links.get("eth0");
  routes.add({ gateway: ip("10.9.0.2") });
  routes.add({ gateway: ip("fd00:9::2"), metric: 77 });
  routes.add({
    destination: ip("10.20.0.0"),
    prefixLength: 16,
    link: "eth0",
    source: ip("10.9.0.1"),
    mtu: 1300,
  });
  routes.add({ destination: ip("10.30.0.1"), gateway: ip("10.9.0.2"), metric: 5, protocol: "keepalived" });
  routes.replace({
    destination: ip("10.30.0.1"),
    gateway: ip("10.9.0.3"),
    metric: 5,
    protocol: "keepalived",
  });
  routes.add({ destination: ip("10.40.0.0"), prefixLength: 16, type: "blackhole" });
  routes.add({ destination: ip("10.41.0.0"), prefixLength: 16, type: "unreachable" });
  routes.add({ destination: ip("10.50.0.0"), prefixLength: 16, gateway: ip("fd00:9::2"), link: "eth0" });
  routes.add({
    destination: ip("10.60.0.0"),
    prefixLength: 16,
    nextHops: [{ gateway: ip("10.9.0.2"), weight: 3 }, { gateway: ip("10.9.0.3") }],
  });
  routes.add({ destination: ip("10.9.9.9"), type: "local", link: "lo", table: 1000 });
  assert.throws(
    () => routes.add({ gateway: ip("10.9.0.2") }),
    (error) => NetlinkError.is(error, "EEXIST"),
  );

  const way = (text: string) => {
    const answer = routes.routeTo(ip(text));
    return answer && [answer.local, answer.link, answer.gateway?.toString(), answer.source?.toString()];
  };
  assert.deepEqual(way("10.9.0.1"), [true, links.get("lo").index, undefined, "10.9.0.1"]);
  assert.deepEqual(way("10.9.0.2"), [false, index, undefined, "10.9.0.1"]);
  assert.deepEqual(way("8.8.8.8"), [false, index, "10.9.0.2", "10.9.0.1"]);
  assert.deepEqual(way("2001:db8::1"), [false, index, "fd00:9::2", "fd00:9::1"]);
  assert.deepEqual(way("fd00:9::1"), [true, links.get("lo").index, undefined, "fd00:9::1"]);
  assert.deepEqual(way("10.30.0.1"), [false, index, "10.9.0.3", "10.9.0.1"]);
  assert.equal(way("10.40.1.1"), undefined);
  assert.equal(way("10.41.1.1"), undefined);
  assert.equal(routes.routeTo(ip("10.20.1.1"))?.mtu, 1300);
  const table = (text: string) => routes.routeTo(ip(text))?.table;
  assert.deepEqual(["10.9.0.2", "fd00:9::1", "fd00:9::2"].map(table), [254, 255, 254]);
  assert.equal(routes.list({ table: 4321 }).length, 0);
  assert.deepEqual(
    routes.list({ table: 1000 }).map((route) => [route.destination.toString(), route.type, route.table]),
    [["10.9.9.9", "local", 1000]],
  );
  assert.ok(routes.list({ table: 255 }).some(({ destination }) => destination.equals(ip("127.0.0.1"))));
  assert.ok(routes.list({ table: 0 }).length > routes.list().length);

  if (peer(t, "ip")) {
    const name = (link: unknown) => (link === undefined ? undefined : links.get(link as number).name);
    left.run("ip", "rule", "add", "to", "10.9.9.9", "table", "1000");
    assert.deepEqual(["10.9.0.1", "10.9.0.2", "10.9.9.9"].map(table), [255, 254, 1000]);
    for (const family of [4, 6] as const) {
      const theirs = left.json("ip", "-j", "-d", `-${family}`, "route").map((route) => ({
        type: route["type"],
        destination: String(route["dst"]),
        metric: route["metric"] ?? 0,
        protocol: route["protocol"],
        source: route["prefsrc"],
        scope: route["scope"],
        hops: hopsOf(route),
      }));
      const mine = routes.list({ family }).map((route) => ({
        type: route.type,
        destination:
          route.prefixLength === 0
            ? "default"
            : `${route.destination}${route.prefixLength === 8 * route.destination.bytes.length ? "" : `/${route.prefixLength}`}`,
        metric: route.metric,
        protocol: route.protocol,
        source: route.source?.toString(),
        scope: route.scope,
        // `ip` shows no device of IPv6's unreachable routes (the kernel says lo); there are none here.
        hops: route.nextHops.map((hop) => [hop.gateway?.toString(), name(hop.link)]),
      }));
      assert.deepEqual(mine, theirs);
    }
  }

  routes.remove({ destination: ip("10.60.0.0"), prefixLength: 16 });
  routes.remove({ destination: ip("10.40.0.0"), prefixLength: 16 });
  routes.remove({ gateway: ip("fd00:9::2") });
  routes.remove({ destination: ip("10.9.9.9"), table: 1000 });
  assert.equal(way("2001:db8::1"), undefined);
  assert.throws(
    () => routes.remove({ destination: ip("10.60.0.0"), prefixLength: 16 }),
    (error) => NetlinkError.is(error, "ESRCH"),
  );
});

function hopsOf(route: Record<string, unknown>): unknown[] {
  const hops = (route["nexthops"] as Record<string, unknown>[] | undefined) ?? [route];
  return hops
    .filter((hop) => hop["dev"] !== undefined)
    .map((hop) => [hop["gateway"] ?? (hop["via"] as { host: string } | undefined)?.host, hop["dev"]]);
}

test("neighbours are permanent, managed, listed as `ip` lists them, and removed", async (t) => {
  const made = buildSwitch(t);
  if (!made) return;
  const { left } = made;
  const { neighbours } = left.network;
  neighbours.add("eth0", ip("10.9.0.77"), "02:00:00:00:00:77");
  neighbours.replace("eth0", ip("10.9.0.77"), "02:00:00:00:00:78");
  neighbours.add("eth0", ip("fd00:9::77"), "02:00:00:00:00:79");
  assert.throws(
    () => neighbours.add("eth0", ip("10.9.0.77"), "02:00:00:00:00:77"),
    (error) => NetlinkError.is(error, "EEXIST"),
  );
  const result = neighbours.manage("eth0", ip("10.9.0.2"));
  assert.deepEqual(result, { managed: true });
  const managed = await until("the resolution of a managed neighbour", () =>
    neighbours.list({ link: "eth0" }).find(({ address, state }) => {
      return address.equals(ip("10.9.0.2")) && state === "reachable";
    }),
  );
  assert.deepEqual([`${managed.mac}`, managed.managed], ["02:00:00:00:09:02", true]);
  assert.equal(neighbours.find("eth0", ip("10.9.0.99")), undefined);
  assert.deepEqual(neighbours.list({ link: "lo" }), []);
  assert.deepEqual(
    neighbours
      .list({ family: 6 })
      .filter(({ state }) => state !== "noarp") // multicast groups that the kernel joined by itself
      .map(({ address, mac, state }) => [`${address}`, `${mac}`, state]),
    [["fd00:9::77", "02:00:00:00:00:79", "permanent"]],
  );
  if (peer(t, "ip")) {
    const sorted = (rows: string[]) => rows.sort();
    const theirs = left.json("ip", "-j", "-4", "neigh", "show", "dev", "eth0");
    assert.deepEqual(
      sorted(neighbours.list({ link: "eth0", family: 4 }).map((n) => `${n.address} ${n.mac} ${n.state}`)),
      sorted(theirs.map((n) => `${n["dst"]} ${n["lladdr"]} ${String(n["state"]).toLowerCase()}`)),
    );
    assert.match(left.run("ip", "neigh", "show", "10.9.0.2", "dev", "eth0"), /managed/);
  }
  neighbours.remove("eth0", ip("10.9.0.77"));
  neighbours.remove("eth0", ip("10.9.0.2"));
  assert.equal(neighbours.find("eth0", ip("10.9.0.2"))?.managed ?? false, false);
});
