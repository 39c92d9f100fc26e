import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { bpfAccess } from "../../src/bpf/index.js";
import { DirectorState, resetDirector, XdpPlane } from "../../src/dataplane/xdp/index.js";
import { networkNamespaceCookie, withNetworkNamespace, writeSysctl } from "../../src/sys/index.js";
import { ip, type Place, places } from "./netlink-places.js";

/**
 * A way on which every hop can complain:
 *
 *     client --narrow-- edge ---- director ---- inner --narrow-- server
 *        .2           .1   .1      .2    .1      .2            .1    .2
 *          net 1               net 2         net 3        net 4
 *
 * The routers' ends of both narrow links take less than the hosts' own: TCP's greatest segment doesn't tell of it.
 */
const names = ["client", "edge", "director", "inner", "server"] as const;
type Hosts = Record<(typeof names)[number], Place>;
const uploadMtu = 1400;
/** Less: what the client has learned of its own way it tells the server too. */
const downloadMtu = 1300;
const servicePort = 80;
const serverPort = 8080;
const amount = 300_000;

const families = [
  {
    family: 4,
    address: (net: number, host: number) => `10.77.${net}.${host}`,
    prefix: 24,
    vip: "10.77.2.15",
  },
  {
    family: 6,
    address: (net: number, host: number) => `fd77:${net}::${host}`,
    prefix: 64,
    vip: "fd77:2::15",
  },
] as const;

const server = (port: number) => `
  require("node:net").createServer({ allowHalfOpen: true }, (socket) => {
    let count = 0;
    socket.on("error", () => {});
    socket.on("data", (data) => {
      if (count === 0 && data[0] === 0x47) return socket.end(Buffer.alloc(${amount}));
      count += data.length;
    });
    socket.on("end", () => socket.end(String(count)));
  }).listen(${port}, "::", () => console.log("ready"));
`;

/** What a client sees: its connection's end, or the error that it ends by. */
const ask = (vip: string, what: "upload" | "download" | "connect") => `
  const socket = require("node:net").connect({ host: "${vip}", port: ${servicePort}, allowHalfOpen: true });
  let count = 0, text = "";
  socket.setTimeout(6000, () => { console.log("timeout"); process.exit(); });
  socket.on("error", (error) => { console.log(error.code); process.exit(); });
  socket.on("data", (data) => { count += data.length; if (data.length < 20) text += data; });
  socket.on("connect", () => {
    if ("${what}" === "connect") { console.log("connected"); process.exit(); }
    if ("${what}" === "upload") socket.end(Buffer.alloc(${amount}, "x"));
    else socket.write("G");
  });
  socket.on("end", () => { console.log("${what}" === "upload" ? text : count); process.exit(); });
`;

/** Runs the server, as long as the test does. */
async function serve(t: TestContext, place: Place, port: number): Promise<void> {
  const child = withNetworkNamespace(place.namespace, () =>
    spawn(process.execPath, ["-e", server(port)], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
}

/** Makes a host a director; gives what adds a service with one server. */
function director(t: TestContext, place: Place) {
  const inside = <T>(work: () => T) => withNetworkNamespace(place.namespace, work);
  const cookie = inside(networkNamespaceCookie);
  t.after(() => resetDirector(undefined, cookie));
  inside(() => DirectorState.openOrCreate(64).close());
  const plane = inside(() => new XdpPlane());
  t.after(() => plane.close());
  return (vip: string, address: string, port: number, method: "masq" | "droute") => {
    const id = { kind: "address", protocol: "tcp", address: ip(vip), port: servicePort } as const;
    inside(() => {
      plane.addService({ id, scheduler: "rr", schedulerFlags: [], onePacket: false });
      plane.addServer(id, {
        address: ip(address),
        port,
        method,
        weight: 1,
        upperThreshold: 0,
        lowerThreshold: 0,
      });
    });
  };
}

async function build(t: TestContext): Promise<Hosts | undefined> {
  const made = places(t, names.length);
  if (!made) return undefined;
  if (bpfAccess() !== "yes") {
    t.skip("needs bpf");
    return undefined;
  }
  const hosts = Object.fromEntries(names.map((name, i) => [name, made[i]!])) as Hosts;
  for (let net = 1; net < names.length; net++) {
    const [left, right] = [hosts[names[net - 1]!], hosts[names[net]!]];
    left.network.links.createVeth({
      name: "right",
      up: true,
      peer: { name: "left", namespace: right.namespace, up: true },
    });
    const numbers = net === 1 ? [2, 1] : [1, 2];
    for (const { address, prefix, family } of families)
      for (const [place, link, number] of [
        [left, "right", numbers[0]!],
        [right, "left", numbers[1]!],
      ] as const)
        place.network.addresses.add(link, {
          address: ip(address(net, number)),
          prefixLength: prefix,
          ...(family === 6 && { noDuplicateDetection: true }),
        });
  }
  for (const place of Object.values(hosts))
    withNetworkNamespace(place.namespace, () => {
      writeSysctl("net.ipv4.ip_forward", 1);
      writeSysctl("net.ipv6.conf.all.forwarding", 1);
      writeSysctl("net.ipv4.icmp_ratelimit", 0);
      writeSysctl("net.ipv6.icmp.ratelimit", 0);
    });
  for (const { address, vip, family } of families) {
    const route = (place: Place, gateway: string, destination?: string) =>
      place.network.routes.add({
        gateway: ip(gateway),
        ...(destination && { destination: ip(destination), prefixLength: family === 4 ? 24 : 64 }),
      });
    route(hosts.client, address(1, 1));
    route(hosts.edge, address(2, 2));
    route(hosts.director, address(2, 1));
    route(hosts.director, address(3, 2), address(4, 0));
    route(hosts.inner, address(3, 1));
    route(hosts.server, address(4, 1));
    hosts.director.network.addresses.add("left", {
      address: ip(vip),
      prefixLength: family === 4 ? 32 : 128,
      ...(family === 6 && { noDuplicateDetection: true }),
    });
  }
  hosts.edge.network.links.change("left", { mtu: downloadMtu });
  hosts.inner.network.links.change("right", { mtu: uploadMtu });

  await serve(t, hosts.server, serverPort);
  const direct = director(t, hosts.director);
  for (const { address, vip } of families) direct(vip, address(4, 2), serverPort, "masq");
  return hosts;
}

test("NAT: errors of routers on both sides find the way to whom they tell", async (t) => {
  const hosts = await build(t);
  if (!hosts) return;
  const run = (vip: string, what: "upload" | "download" | "connect") =>
    hosts.client.run(process.execPath, "-e", ask(vip, what)).trim();
  const mtuOf = (place: Place, to: string) => /mtu (\d+)/.exec(place.run("ip", "route", "get", to))?.[1];

  for (const { family, vip, address } of families)
    await t.test(`IPv${family}`, () => {
      const hops = (count: number) =>
        withNetworkNamespace(hosts.client.namespace, () =>
          family === 4
            ? writeSysctl("net.ipv4.ip_default_ttl", count)
            : writeSysctl("net.ipv6.conf.right.hop_limit", count),
        );
      // edge, director, inner, server: the last hop that can complain is "inner".
      for (const count of [1, 2, 3]) {
        hops(count);
        assert.equal(run(vip, "connect"), "EHOSTUNREACH", `${count} hops`);
      }
      hops(64);
      assert.equal(run(vip, "connect"), "connected");

      assert.equal(run(vip, "upload"), `${amount}`);
      assert.equal(
        mtuOf(hosts.client, vip),
        `${uploadMtu}`,
        "the client has learned it of the virtual address",
      );
      assert.equal(run(vip, "download"), `${amount}`);
      assert.equal(
        mtuOf(hosts.server, address(1, 2)),
        `${downloadMtu}`,
        "the server has learned it of the client",
      );
    });
});

/**
 * Direct routing: what the server sends to the client goes past the director, what the edge tells of it comes to the virtual
 * address, and that is the director's.
 *
 *     client --narrow-- edge ---- switch ---- director
 *                                       `---- server
 */
test("DR: what a router tells the virtual address comes to the server", async (t) => {
  const made = places(t, 5);
  if (!made) return;
  if (bpfAccess() !== "yes") return t.skip("needs bpf");
  const [client, edge, middle, balancer, real] = made as [Place, Place, Place, Place, Place];
  client.network.links.createVeth({
    name: "eth0",
    up: true,
    peer: { name: "left", namespace: edge.namespace, mtu: downloadMtu, up: true },
  });
  middle.network.links.createBridge({ name: "br0", mac: "02:00:00:00:77:00", up: true });
  for (const [index, place] of [edge, balancer, real].entries()) {
    const port = `port${index}`;
    middle.network.links.createVeth({
      name: port,
      up: true,
      peer: { name: "eth0", namespace: place.namespace, up: true },
    });
    middle.network.links.change(port, { master: "br0" });
  }
  withNetworkNamespace(edge.namespace, () => {
    writeSysctl("net.ipv4.ip_forward", 1);
    writeSysctl("net.ipv6.conf.all.forwarding", 1);
  });
  withNetworkNamespace(real.namespace, () => {
    writeSysctl("net.ipv4.conf.all.arp_ignore", 1);
    writeSysctl("net.ipv4.conf.all.arp_announce", 2);
  });
  for (const { family, address, prefix, vip } of families) {
    const give = (place: Place, link: string, text: string, prefixLength: number = prefix) =>
      place.network.addresses.add(link, {
        address: ip(text),
        prefixLength,
        ...(family === 6 && { noDuplicateDetection: true }),
      });
    give(client, "eth0", address(1, 2));
    give(edge, "left", address(1, 1));
    give(edge, "eth0", address(2, 1));
    give(balancer, "eth0", address(2, 2));
    give(balancer, "eth0", vip, family === 4 ? 32 : 128);
    give(real, "eth0", address(2, 3));
    give(real, "lo", vip, family === 4 ? 32 : 128);
    for (const [place, gateway] of [
      [client, address(1, 1)],
      [balancer, address(2, 1)],
      [real, address(2, 1)],
    ] as const)
      place.network.routes.add({ gateway: ip(gateway) });
  }
  await serve(t, real, servicePort);
  const direct = director(t, balancer);
  for (const { address, vip } of families) direct(vip, address(2, 3), servicePort, "droute");

  for (const { family, vip, address } of families)
    await t.test(`IPv${family}`, () => {
      assert.equal(client.run(process.execPath, "-e", ask(vip, "download")).trim(), `${amount}`);
      assert.match(real.run("ip", "route", "get", address(1, 2)), new RegExp(`mtu ${downloadMtu}`));
    });
});
