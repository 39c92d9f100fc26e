import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import packet, { type Answer } from "dns-packet";
import fc from "fast-check";
import type { Resolvers, Server } from "../../config/haproxy/model/index.js";
import { SharedMemory } from "../../proxy/index.js";
import type { ProxyRun, ServerRun } from "../run/index.js";
import { chooseAddress } from "./choose-address.js";
import {
  ResolverSection,
  type ResolverWorld,
  resolvConfServers,
  ServerNames,
  showResolvers,
} from "./index.js";
import { queryBytes, readAnswer } from "./message.js";

const place = { file: "f", line: 1, column: 1 };
const world: ResolverWorld = {
  now: () => performance.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

function settings(
  port: number,
  changes: Partial<Resolvers> = {},
  type: "stream" | "datagram" = "datagram",
): Resolvers {
  return {
    name: "dns",
    nameservers: [
      {
        name: "ns1",
        address: { kind: "inet", host: "127.0.0.1", family: 4, ports: { from: port, to: port }, type },
        place,
      },
    ],
    parseResolvConf: false,
    acceptedPayloadSize: 512,
    resolveRetries: 2,
    holdMs: { nx: 0, obsolete: 0, other: 0, refused: 0, timeout: 0, valid: 10_000 },
    timeoutResolveMs: 20,
    timeoutRetryMs: 200,
    place,
    ...changes,
  };
}

/** A name server on loopback: what it answers is what `zone` has now; a name that isn't there is NXDOMAIN. */
class Zone {
  readonly names = new Map<string, { answers: Answer[]; additionals?: Answer[] }>();
  readonly #socket: Socket = createSocket("udp4");
  silent = false;
  async open(): Promise<number> {
    this.#socket.on("message", (bytes, from) => {
      if (!this.silent) this.#socket.send(this.reply(bytes), from.port, from.address);
    });
    this.#socket.bind(0, "127.0.0.1");
    await once(this.#socket, "listening");
    return this.#socket.address().port;
  }
  reply(bytes: Buffer): Buffer {
    const asked = packet.decode(bytes);
    const question = asked.questions?.[0];
    const found = this.names.get(`${question?.type} ${question?.name}`);
    return packet.encode({
      type: "response",
      id: asked.id ?? 0,
      flags: packet.RECURSION_DESIRED | (found === undefined ? 3 : 0),
      questions: asked.questions ?? [],
      answers: found?.answers ?? [],
      additionals: found?.additionals ?? [],
    });
  }
  close(): void {
    this.#socket.close();
  }
}

const a = (name: string, data: string): Answer => ({ type: "A", name, data, ttl: 5 });
const srv = (name: string, target: string, port: number, weight: number): Answer => ({
  type: "SRV",
  name,
  data: { target, port, weight, priority: 0 },
  ttl: 5,
});

/** A server that tells what was done to it, and lets a test wait for it. */
class FakeServer {
  address: { host: string; port: number; family: 4 } | undefined;
  fqdn: string | undefined;
  weight = 1;
  maintenance = true;
  readonly events: string[] = [];
  #waiting: (() => void)[] = [];
  readonly run: ServerRun;

  constructor(name: string, proxy: ProxyRun, host: string, section: Partial<Server> = {}) {
    const record = host.startsWith("_") ? host : undefined;
    this.fqdn = record === undefined ? host : undefined;
    const self = this;
    this.run = {
      name,
      proxy,
      section: {
        address: { kind: "inet", host, family: undefined, type: "stream" },
        resolvers: "dns",
        resolvePrefer: 4,
        resolveNet: [],
        resolveOpts: [],
        initAddr: ["none"],
        ...section,
      } as unknown as Server,
      get address() {
        return self.address;
      },
      get fqdn() {
        return self.fqdn;
      },
      get weight() {
        return self.weight;
      },
      setWeight(word: string) {
        self.weight = Number(word);
        return undefined;
      },
      naming: {
        record,
        lastAddress: undefined,
        get inMaintenance() {
          return self.maintenance;
        },
        setAddress: (to: string | undefined, by: string) => {
          this.address =
            to === undefined ? undefined : { host: to, port: this.address?.port ?? 0, family: 4 };
          this.#tell(`address ${to} ${by}`);
        },
        setTarget: (to: string | undefined, port: number) => {
          this.fqdn = to;
          this.#tell(`target ${to}:${port}`);
        },
        enterMaintenance: (cause: string | undefined) => {
          this.maintenance = true;
          this.#tell(`down ${cause}`);
        },
        leaveMaintenance: () => {
          this.maintenance = false;
          this.#tell("up");
        },
        onName: undefined,
      },
    } as unknown as ServerRun;
  }
  #tell(event: string): void {
    this.events.push(event);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
  async until(check: () => boolean): Promise<void> {
    while (!check()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

test("a server follows its name, and waits while there is none", async () => {
  const zone = new Zone();
  const port = await zone.open();
  const section = new ResolverSection(settings(port), new SharedMemory(), world);
  const names = new ServerNames(new Map([["dns", section]]), world, () => undefined);
  const proxy = { name: "b" } as ProxyRun;
  const first = new FakeServer("s1", proxy, "web.test");
  const second = new FakeServer("s2", proxy, "web.test");
  try {
    zone.names.set("A web.test", { answers: [a("web.test", "10.0.0.1"), a("web.test", "10.0.0.2")] });
    await names.start([first.run, second.run]);
    await second.until(() => !second.maintenance && !first.maintenance);
    assert.deepEqual([first.address?.host, second.address?.host].sort(), ["10.0.0.1", "10.0.0.2"]);
    assert.ok(first.events.some((event) => /address 10\.0\.0\.\d dns\/ns1/.test(event)));
    zone.names.set("A web.test", { answers: [a("web.test", "10.0.0.3"), a("web.test", "10.0.0.4")] });
    await first.until(() => /\.[34]$/.test(first.address?.host ?? ""));
    await second.until(() => /\.[34]$/.test(second.address?.host ?? ""));
    assert.notEqual(first.address?.host, second.address?.host);
    zone.names.clear();
    await first.until(() => first.maintenance);
    assert.ok(first.events.includes("down DNS NX status"));
    assert.equal(first.address, undefined);
    zone.names.set("A web.test", { answers: [a("web.test", "10.0.0.9")] });
    await first.until(() => !first.maintenance);
    assert.match(
      showResolvers(new Map([["dns", section]]), undefined) ?? "",
      / nameserver ns1:\n {2}sent: {8}\d+\n/,
    );
  } finally {
    names.stop();
    section.stop();
    zone.close();
  }
});

test("SRV records fill servers with hosts, ports and weights", async () => {
  const zone = new Zone();
  const port = await zone.open();
  const section = new ResolverSection(settings(port), new SharedMemory(), world);
  const names = new ServerNames(new Map([["dns", section]]), world, () => undefined);
  const proxy = { name: "b" } as ProxyRun;
  const record = "_http._tcp.test";
  const servers = [1, 2, 3].map((number) => new FakeServer(`s${number}`, proxy, record));
  const [one, two, three] = servers as [FakeServer, FakeServer, FakeServer];
  try {
    zone.names.set("A w2.test", { answers: [a("w2.test", "10.0.0.2")] });
    zone.names.set(`SRV ${record}`, {
      answers: [srv(record, "w1.test", 81, 256), srv(record, "w2.test", 82, 65535)],
      additionals: [a("w1.test", "10.0.0.1")],
    });
    await names.start(servers.map((server) => server.run));
    await one.until(() => !one.maintenance);
    await two.until(() => !two.maintenance);
    assert.deepEqual([one.address?.host, one.fqdn, one.weight], ["10.0.0.1", "w1.test", 1]);
    assert.deepEqual([two.address?.host, two.fqdn, two.weight], ["10.0.0.2", "w2.test", 256]);
    assert.ok(two.events.includes("target w2.test:82"));
    assert.equal(three.maintenance, true);
    zone.names.set(`SRV ${record}`, { answers: [srv(record, "w2.test", 82, 0)] });
    await one.until(() => one.maintenance);
    assert.equal(one.fqdn, undefined);
    assert.deepEqual([two.maintenance, two.weight], [false, 0]);
  } finally {
    names.stop();
    section.stop();
    zone.close();
  }
});

test("a name is looked up once for do-resolve, over TCP too, and a silent server is a failure", async () => {
  const zone = new Zone();
  const server = createServer((socket) => {
    socket.on("data", (bytes) => {
      const reply = zone.reply(bytes.subarray(2));
      const length = Buffer.from([reply.length >> 8, reply.length & 255]);
      socket.write(length);
      socket.write(reply);
    });
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const section = new ResolverSection(settings(port, {}, "stream"), new SharedMemory(), world);
  const udp = await zone.open();
  const silent = new ResolverSection(settings(udp, { timeoutRetryMs: 20 }), new SharedMemory(), world);
  const resolve = (of: ResolverSection, name: string) =>
    new Promise<string | undefined>((done) => of.resolve(name, undefined, done));
  try {
    zone.names.set("A only4.test", { answers: [a("only4.test", "10.0.0.1")] });
    zone.names.set("AAAA alias.test", {
      answers: [
        { type: "CNAME", name: "alias.test", data: "real.test", ttl: 5 },
        { type: "AAAA", name: "real.test", data: "2001:db8::1", ttl: 5 },
      ],
    });
    assert.equal(await resolve(section, "only4.test"), "10.0.0.1");
    assert.equal(await resolve(section, "alias.test"), "2001:db8::1");
    assert.equal(await resolve(section, "none.test"), undefined);
    zone.silent = true;
    assert.equal(await resolve(silent, "only4.test"), undefined);
    assert.equal(silent.nameservers[0]?.counters.total("timeout"), 1);
    assert.equal(silent.nameservers[0]?.counters.total("sent"), 2);
  } finally {
    section.stop();
    silent.stop();
    server.close();
    zone.close();
  }
});

test("a server without resolvers whose name isn't known waits, and is looked up again", async () => {
  let known = false;
  const find = async () => {
    if (!known) throw new Error("ENOTFOUND");
    return "10.0.0.7";
  };
  const waits: (() => void)[] = [];
  const after: ResolverWorld["after"] = (_ms, work) => {
    waits.push(work);
    return () => undefined;
  };
  const timers: ResolverWorld = { now: () => 0, after };
  const warnings: string[] = [];
  const names = new ServerNames(new Map(), timers, (text) => warnings.push(text), find);
  const server = new FakeServer("s", { name: "b" } as ProxyRun, "late.test", {
    resolvers: undefined,
    initAddr: [],
  });
  await names.start([server.run]);
  assert.equal(server.maintenance, true);
  assert.deepEqual(warnings, ["b/s: could not resolve address 'late.test', disabling server."]);
  known = true;
  for (const work of waits.splice(0)) work();
  await server.until(() => !server.maintenance);
  assert.equal(server.address?.host, "10.0.0.7");
});

test("addresses are chosen by version, network, use by others, and the one that there is", () => {
  const of = (...addresses: string[]) => addresses.map((address) => ({ address, taken: false }));
  const none = { family: undefined, networks: [], duplicates: false };
  assert.equal(chooseAddress(of("10.0.0.1", "2001:db8::1"), none, undefined), "10.0.0.1");
  assert.equal(
    chooseAddress(of("10.0.0.1", "2001:db8::1"), { ...none, family: 6 }, undefined),
    "2001:db8::1",
  );
  assert.equal(chooseAddress(of("10.0.0.1", "10.0.0.2"), none, "10.0.0.2"), "10.0.0.2");
  const near = { ...none, networks: ["192.168.0.0/16"] };
  assert.equal(chooseAddress(of("10.0.0.1", "192.168.3.4"), near, "10.0.0.1"), "192.168.3.4");
  const taken = [{ address: "10.0.0.1", taken: true }];
  assert.equal(chooseAddress(taken, none, undefined), undefined);
  assert.equal(chooseAddress(taken, { ...none, duplicates: true }, undefined), "10.0.0.1");
});

test("rubbish and truncated answers are refused, never thrown", () => {
  const whole = packet.encode({
    type: "response",
    id: 7,
    questions: [{ type: "A", name: "a.test" }],
    answers: [a("a.test", "10.0.0.1")],
  });
  assert.equal(readAnswer(whole, "a.test", "A", 512).kind, "valid");
  assert.equal(readAnswer(whole, "b.test", "A", 512).kind, "invalid");
  for (let length = 0; length < whole.length; length++)
    assert.notEqual(readAnswer(whole.subarray(0, length), "a.test", "A", 512).kind, "valid");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(whole.length - 1), (bytes, at) => {
      readAnswer(Buffer.from(bytes), "a.test", "SRV", 512);
      const changed = Buffer.from(whole);
      changed.set(bytes.subarray(0, changed.length - at), at);
      readAnswer(changed, "a.test", "A", 512);
    }),
    { numRuns: 300 },
  );
  assert.equal(queryBytes(1, "A", "a.test", 512).subarray(-11).toString("hex"), "0000290200000000000000");
  const conf = resolvConfServers("nameserver 10.0.0.1\nnameserver\nsearch x\nnameserver 10.0.0.1\n", []);
  assert.deepEqual([conf.nameservers.length, conf.warnings.length], [1, 2]);
});
