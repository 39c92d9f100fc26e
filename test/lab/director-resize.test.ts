import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bpfAccess } from "../../src/bpf/index.js";
import { DirectorState, resetDirector, XdpPlane } from "../../src/dataplane/xdp/index.js";
import { Entry, EntryFlag, Kind } from "../../src/dataplane/xdp/layout.js";
import { networkNamespaceCookie, withNetworkNamespace, writeSysctl } from "../../src/sys/index.js";
import { thorough } from "../support/sampled.js";
import { ip, type Place, places } from "./netlink-places.js";
import { rondo } from "./running.js";

/**
 *     client .2 ---- .1 director .1 ---- .2 server
 *            net 1                 net 2
 */
const vip = "10.78.1.15";

/** Gives back what comes, on every port that is needed. */
const server = `
  const net = require("node:net"), dgram = require("node:dgram");
  for (const port of [8080, 8081]) net.createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(port);
  const udp = dgram.createSocket("udp4");
  udp.on("message", (data, from) => udp.send(data, from.port, from.address));
  udp.bind(5353, () => console.log("ready"));
`;

/** Keeps connections busy until its input ends, and makes new ones meanwhile; then tells what went wrong, and how much went well. */
const traffic = `
  const net = require("node:net"), dgram = require("node:dgram");
  const failures = [];
  let rounds = 0, made = 0, over = false;
  const lasting = (port) => new Promise((resolve) => {
    const socket = net.connect(port, "${vip}");
    socket.setNoDelay();
    const name = "lasting " + port;
    let mine = 0, waiting;
    const say = () => {
      waiting = setTimeout(() => failures.push(name + " is silent"), 15_000);
      socket.write("x");
    };
    socket.on("connect", () => { resolve(); say(); });
    socket.on("data", () => { clearTimeout(waiting); mine++; rounds++; if (over) socket.destroy(); else setTimeout(say, 10); });
    socket.on("error", (error) => failures.push(name + " after " + mine + ": " + error.code));
    socket.on("end", () => failures.push(name + " ended"));
  });
  const short = async (port) => {
    while (!over) {
      await new Promise((resolve) => {
        const socket = net.connect(port, "${vip}");
        const late = setTimeout(() => { failures.push("short " + port + " is silent"); socket.destroy(); }, 15_000);
        socket.on("connect", () => socket.write("y"));
        socket.on("data", () => { made++; socket.destroy(); });
        socket.on("error", (error) => failures.push("short " + port + ": " + error.code));
        socket.on("close", () => { clearTimeout(late); resolve(); });
      });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  const udp = dgram.createSocket("udp4");
  let sent = 0, back = 0;
  udp.on("message", () => back++);
  const timer = setInterval(() => { sent++; udp.send("z", 53, "${vip}"); }, 10);
  (async () => {
    for (const port of [80, 81]) for (let i = 0; i < 12; i++) await lasting(port);
    console.log("busy");
    const shorts = [80, 81].map(short);
    process.stdin.resume();
    process.stdin.on("end", async () => {
      over = true;
      clearInterval(timer);
      await Promise.all(shorts);
      setTimeout(() => { console.log(JSON.stringify({ failures, rounds, made, sent, back })); process.exit(); }, 500);
    });
  })();
`;

function start(t: TestContext, place: Place, ...words: string[]): ChildProcess {
  const child = withNetworkNamespace(place.namespace, () =>
    spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] }),
  );
  t.after(() => child.kill("SIGKILL"));
  return child;
}

function hosts(t: TestContext): Record<"client" | "director" | "server", Place> | undefined {
  const made = places(t, 3);
  if (!made) return undefined;
  if (bpfAccess() !== "yes") {
    t.skip("needs bpf");
    return undefined;
  }
  const [client, director, server] = made as [Place, Place, Place];
  for (const [near, name, far] of [
    [director, "left", client],
    [director, "right", server],
  ] as const)
    near.network.links.createVeth({
      name,
      up: true,
      peer: { name: "eth0", namespace: far.namespace, up: true },
    });
  const give = (place: Place, link: string, address: string, prefixLength = 24) =>
    place.network.addresses.add(link, { address: ip(address), prefixLength });
  give(client, "eth0", "10.78.1.2");
  give(director, "left", "10.78.1.1");
  give(director, "left", vip, 32);
  give(director, "right", "10.78.2.1");
  give(server, "eth0", "10.78.2.2");
  server.network.routes.add({ gateway: ip("10.78.2.1") });
  withNetworkNamespace(director.namespace, () => writeSysctl("net.ipv4.ip_forward", 1));
  return { client, director, server };
}

test("rondo director resize while connections are busy, and killed again and again: none is lost", async (t) => {
  const made = hosts(t);
  if (!made) return;
  const { client, director, server: place } = made;
  const inside = <T>(work: () => T) => withNetworkNamespace(director.namespace, work);
  const cookie = inside(networkNamespaceCookie);
  t.after(() => resetDirector(undefined, cookie));
  const run = (...words: string[]) =>
    inside(() => spawnSync(process.execPath, [rondo, "director", ...words], { encoding: "utf8" }));
  const done = (...words: string[]) => {
    const { status, stdout, stderr } = run(...words);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.equal(done("resize", "4000"), "the connection table has 4096 entries\n", "a new one is as large");

  const plane = inside(() => new XdpPlane());
  t.after(() => plane.close());
  for (const [port, protocol, target, persistent] of [
    [80, "tcp", 8080, false],
    [81, "tcp", 8081, true],
    [53, "udp", 5353, false],
  ] as const) {
    const id = { kind: "address", protocol, address: ip(vip), port } as const;
    inside(() => {
      plane.addService({
        id,
        scheduler: "rr",
        schedulerFlags: [],
        onePacket: false,
        ...(persistent && { persistence: { timeout: 360, netmask: ip("255.255.255.255") } }),
      });
      plane.addServer(id, {
        address: ip("10.78.2.2"),
        port: target,
        method: "masq",
        weight: 1,
        upperThreshold: 0,
        lowerThreshold: 0,
      });
    });
  }
  const serving = start(t, place, "-e", server);
  await once(serving.stdout!, "data");
  const busy = start(t, client, "-e", traffic);
  await once(busy.stdout!, "data");

  const lasting = () =>
    [...plane.connections()]
      .filter(({ protocol, state, template }) => protocol === "tcp" && state === "ESTABLISHED" && !template)
      .map(({ client, virtual }) => `${client.port} ${virtual.port}`);
  const first = new Set(lasting());
  assert.ok(first.size >= 24);

  const tables: number[] = [];
  let entries = 4096;
  for (const delay of thorough ? [500, 1200, 2200, 4000] : [500, 2200]) {
    const child = start(t, director, rondo, "director", "resize", String(2 * entries));
    const ended = once(child, "exit");
    await Promise.race([sleep(delay), ended]);
    child.kill("SIGKILL");
    await ended;
    const status = JSON.parse(done("status", "--json")) as { table: { entries: number; growing: boolean } };
    tables.push(status.table.growing ? -status.table.entries : status.table.entries);
    // What was begun is finished, or was not begun.
    entries = Number(/has (\d+)/.exec(done("resize"))![1]);
  }
  t.diagnostic(`after kills: ${tables.join(" ")} (negative: it grew)`);
  const wanted = 2 * entries;
  const said = done("resize", String(wanted));
  assert.ok(said.endsWith(`the connection table has ${wanted} entries, it had ${entries}\n`), said);
  assert.equal(done("resize", String(wanted)), `the connection table has ${wanted} entries\n`);
  const smaller = run("resize", "2048");
  assert.equal(smaller.status, 1);
  assert.match(smaller.stderr, /can't become smaller/);

  const now = new Set(lasting());
  const state = inside(() => DirectorState.open()!);
  t.after(() => state.close());
  assert.equal(state.tableShape.buckets, wanted / 4);
  assert.equal(state.settings.events[0], 0n, "it was never full");
  busy.stdin!.end();
  const [result] = (await once(busy.stdout!, "data")) as [Buffer];
  const {
    failures,
    rounds,
    made: connections,
    sent,
    back,
  } = JSON.parse(result.toString()) as {
    failures: string[];
    rounds: number;
    made: number;
    sent: number;
    back: number;
  };
  t.diagnostic(`${rounds} rounds, ${connections} short connections, ${back} of ${sent} datagrams`);
  assert.deepEqual(failures, []);
  // A short one may have been among the first.
  assert.ok([...first].filter((one) => now.has(one)).length >= 24);
  assert.ok(rounds > 1000);
  assert.ok(connections > 50);
  assert.ok(back >= sent - 5, `${back} of ${sent}`);

  // Counts are what the table says, when nobody changes it: what is over counts until the sweeper comes by.
  for (let i = 1; ; i++) {
    await sleep(300);
    try {
      consistent(plane, state);
      break;
    } catch (error) {
      if (i === 20) throw error;
    }
  }
});

/** Servers and templates count what there is in the table. */
function consistent(plane: XdpPlane, state: DirectorState): void {
  const rows = [...plane.connections()];
  const { bytes } = state.maps["connections"]!.memory();
  const slots = Array.from({ length: bytes.length / Entry.size }, (_, i) =>
    Entry.over(bytes, i * Entry.size),
  );
  const living = slots.filter(({ word }) => (word & BigInt(Kind.mask)) === BigInt(Kind.live));
  const flagged = (flag: number) => living.filter(({ word }) => (word & BigInt(flag)) !== 0n);
  assert.deepEqual(
    flagged(EntryFlag.template).map(({ reference }) => reference),
    [flagged(EntryFlag.controlled).length],
  );
  for (const { id, servers } of plane.services()) {
    const port = id.kind === "address" ? id.port : 0;
    const mine = rows.filter(({ virtual, template }) => virtual.port === port && !template);
    const templates = rows.filter(({ virtual, template }) => virtual.port === port && template);
    const [one] = servers;
    assert.equal(one!.active + one!.inactive, mine.length, `port ${port}`);
    assert.equal(one!.persistent, templates.length, `templates of ${port}`);
  }
}
