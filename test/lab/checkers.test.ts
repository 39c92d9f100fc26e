import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { resetDirector, XdpPlane } from "../../src/dataplane/xdp/index.js";
import { silent } from "../../src/errors.js";
import type { Answer } from "../../src/health/checks/answer.js";
import { ask } from "../../src/health/checks/ask.js";
import { CheckerRole } from "../../src/health/index.js";
import type { DataPlane } from "../../src/ipvs/data-plane.js";
import { endpointText } from "../../src/ipvs/model.js";
import {
  isRoot,
  listenReusable,
  networkNamespaceCookie,
  ReadySet,
  runScript,
  withNetworkNamespace,
} from "../../src/sys/index.js";
import { IpAddress } from "../../src/wire/index.js";
import { at, check, config, endpoint, server, virtual } from "../support/keepalived-config.js";
import { places } from "./netlink-places.js";

// Checks that need a network of their own: nobody answers there, or ICMP does, or a mark or an interface decides.

interface Town {
  inside<T>(work: () => T): T;
  asking(one: ReturnType<typeof check>): Promise<string>;
}

/** Begins something inside: its sockets are made at once, and stay in the namespace. */
function begun(inside: Town["inside"], work: () => Promise<Answer>): Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  inside(() => void (answer = work()));
  return answer!;
}

/** A host with lo, and eth0 in a network in which there is nobody else; what is marked with 7 is unreachable. */
function town(t: TestContext): Town {
  const [place] = places(t, 1)!;
  const { links, addresses, rules } = place!.network;
  const inside = <T>(work: () => T): T => withNetworkNamespace(place!.namespace, work);
  links.createVeth({ name: "eth0", up: true, peer: { name: "far0", up: true } });
  addresses.add("eth0", { address: IpAddress.of("192.0.2.1"), prefixLength: 24 });
  rules.add({ family: 4, mark: { value: 7 }, action: "unreachable", preference: 1 });
  // The kernel asks what is local before all others: behind the mark's rule.
  rules.remove({ family: 4, preference: 0, table: 255 });
  rules.add({ family: 4, preference: 2, table: 255 });
  const sockets = new ReadySet();
  t.after(() => sockets.close());
  const world = { runScript, sockets: () => sockets };
  const asking = (one: ReturnType<typeof check>) => {
    const real = server("127.0.0.1:80", [one]);
    const question = { check: one, server: real, virtual: virtual("10.0.0.9:80", [real]), url: 0 };
    return begun(inside, () => ask(question, world, new AbortController().signal)).then(
      ({ outcome, detail }) => `${outcome}: ${detail}`,
    );
  };
  return { inside, asking };
}

/** A server in the town; its port. */
async function serving(t: TestContext, { inside }: Town, address: string, work: (socket: Socket) => void) {
  const port = 8000 + Math.floor(Math.random() * 1000);
  const fd = inside(() => listenReusable(IpAddress.of(address).bytes, port));
  const listener = createServer((socket) => {
    socket.on("error", () => {});
    work(socket);
  });
  listener.listen({ fd });
  await once(listener, "listening");
  t.after(() => listener.close());
  return port;
}

const timing = { connectTimeout: 10_000 };
/** Where nobody is going to answer. */
const soon = { timing: { connectTimeout: 300 } };

test("marks, interfaces, echoes and hosts that never answer", async (t) => {
  if (!isRoot()) return t.skip("needs root");
  const here = town(t);
  const { asking } = here;
  const lo = { interface: "lo" };
  const page = (socket: Socket) => socket.end("HTTP/1.0 200 OK\r\n\r\n");
  const four = endpoint(`127.0.0.1:${await serving(t, here, "127.0.0.1", page)}`);
  const six = endpoint(`[::1]:${await serving(t, here, "::1", page)}`);
  const nobody = endpoint("192.0.2.7:80");
  const urls = [{ path: "/", status: [], at }];

  const tcp = (more: object) => asking(check("TCP_CHECK", { timing, ...more }));
  assert.equal(await tcp({ connect: four, bind: lo }), "passed: connected");
  assert.equal(await tcp({ connect: six, bind: lo }), "passed: connected");
  assert.equal(await tcp({ connect: four, mark: 8 }), "passed: connected");
  assert.equal(await tcp({ connect: four, mark: 7 }), "failed: failed");
  assert.equal(await tcp({ connect: nobody, bind: { interface: "eth0" }, ...soon }), "failed: timeout");
  assert.match(await tcp({ connect: four, bind: { interface: "eth9" } }), /^unknown: ENODEV/);
  const http = (more: object) => asking(check("HTTP_GET", { timing, urls, ...more }));
  assert.equal(await http({ connect: four, bind: lo }), "passed: HTTP status code");
  assert.equal(
    await http({ connect: nobody, bind: { interface: "eth0" }, ...soon }),
    "failed: Timeout connecting",
  );

  const ping = (where: string, more: object = {}) =>
    asking(check("PING_CHECK", { timing, connect: endpoint(where), ...more }));
  assert.equal(await ping("127.0.0.1:80"), "passed: echo");
  assert.equal(await ping("[::1]:80"), "passed: echo");
  assert.equal(await ping("127.0.0.1:80", { mark: 7 }), "failed: failed");
  assert.equal(await ping("192.0.2.7:80", soon), "failed: timeout");
  assert.equal(await ping("198.51.100.1:80"), "failed: failed", "no way there");
  const all = Array.from({ length: 300 }, (_, i) => ping(`127.0.1.${i % 250}:80`));
  for (const answer of await Promise.all(all)) assert.equal(answer, "passed: echo");

  const udp = (more: object) => asking(check("UDP_CHECK", { timing, ...more }));
  assert.equal(await udp({ connect: { ...four, port: 9 } }), "failed: failed");
  assert.equal(await udp({ connect: { ...six, port: 9 } }), "failed: failed");
  assert.equal(await udp({ connect: nobody, ...soon }), "passed: nobody objects");
  assert.equal(await udp({ connect: four, mark: 7 }), "failed: failed");
});

test("a role with this machine's own director: a server leaves its table and returns", async (t) => {
  if (!isRoot()) return t.skip("needs root");
  const here = town(t);
  const { inside } = here;
  const cookie = inside(networkNamespaceCookie);
  t.after(() => resetDirector(undefined, cookie));
  const ports: number[] = [];
  for (const address of ["127.0.0.1", "127.0.0.2"])
    ports.push(await serving(t, here, address, (socket) => socket.resume()));
  const real = inside(() => new XdpPlane());
  t.after(() => real.close());
  // What timers call is at home: each call visits the namespace.
  const plane: DataPlane = new Proxy(real, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (name === "close") return () => {}; // The test looks at it afterwards.
      if (typeof member !== "function") return member;
      return (...words: unknown[]) =>
        inside(() => (member as (...words: unknown[]) => unknown).apply(target, words));
    },
  });
  const lines: string[] = [];
  let changed = () => {};
  const said = async (line: string) => {
    while (!lines.includes(line)) await new Promise<void>((resolve) => (changed = resolve));
    lines.length = 0;
  };
  const quick = { delayLoop: 200, delayBeforeRetry: 50, warmup: 0, connectTimeout: 2000 };
  let well = true;
  const servers = ports.map((port, i) => {
    const where = `127.0.0.${i + 1}:${port}`;
    const one = check("TCP_CHECK", { connect: endpoint(where), bind: { interface: "lo" }, timing: quick });
    return server(`192.0.2.${10 + i}:80`, [one]);
  });
  const role = new CheckerRole(config([virtual("192.0.2.9:80", servers, { scheduler: "rr" })]), {
    log: {
      ...silent,
      info(line) {
        lines.push(line);
        changed();
      },
    },
    plane: () => plane,
    runScript,
    onEvent() {},
    ask: (question, world, signal) =>
      well || question.server !== servers[1]
        ? begun(inside, () => ask(question, world, signal))
        : Promise.resolve({ outcome: "failed", detail: "failed" }),
  });
  t.after(() => role.stop());
  const look = inside(() => new XdpPlane());
  t.after(() => look.close());
  const table = () =>
    plane.services().map(({ servers: found }) => found.map((one) => endpointText(one)).sort());
  role.start();
  assert.equal(role.snapshot().planeProblem, undefined);
  assert.deepEqual(table(), [["192.0.2.10:80", "192.0.2.11:80"]]);
  await said(`TCP connection to [192.0.2.11]:tcp:80 success.`);
  well = false;
  await said("Removing service [192.0.2.11]:tcp:80 from VS [192.0.2.9]:tcp:80");
  await new Promise((resolve) => setImmediate(resolve));
  while (table()[0]!.length > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(table(), [["192.0.2.10:80"]]);
  well = true;
  await said("Adding service [192.0.2.11]:tcp:80 to VS [192.0.2.9]:tcp:80");
  while (table()[0]!.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await role.stop();
  assert.deepEqual(table(), []);
});
