import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SharedMemory } from "../../proxy/index.js";
import { bareUpstream, resolvedUpstream } from "./bare-upstream.js";
import type { Found } from "./lookup.js";
import { testServer, testUpstream } from "./testing/model.js";
import { Upstream } from "./upstream.js";

/** A name's answers one after the other; an error where it doesn't resolve. The last one stays. */
function answers(...list: (readonly string[] | Error)[]) {
  let asked = 0;
  return {
    get asked() {
      return asked;
    },
    lookup: async (): Promise<Found> => {
      const answer = list[Math.min(asked++, list.length - 1)] as readonly string[] | Error;
      if (answer instanceof Error) throw answer;
      return { addresses: answer.map((address) => ({ address })), ttlMs: 5000 };
    },
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const namesOf = (upstream: Upstream) =>
  upstream.peers.map(({ name, down }) => (down ? `${name} down` : name));

describe("names of servers", () => {
  test("one that doesn't resolve waits as down and is asked for again", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const dns = answers(new Error("ENOTFOUND"), new Error("ENOTFOUND"), ["10.0.0.7", "fd00::7"]);
    const unresolved: string[] = [];
    const upstream = new Upstream(testUpstream([testServer("app.test"), testServer("10.0.0.1")]), {
      memory: new SharedMemory(),
      role: "http",
      defaultPort: 80,
      lookup: dns.lookup,
      onUnresolved: (name) => unresolved.push(name),
    });
    await upstream.ready;
    assert.deepEqual(namesOf(upstream), ["app.test:80 down", "10.0.0.1:80"]);
    assert.equal(upstream.begin().next()?.name, "10.0.0.1:80");
    t.mock.timers.tick(1000);
    await settled();
    assert.equal(dns.asked, 2);
    t.mock.timers.tick(10_000);
    await settled();
    assert.deepEqual(namesOf(upstream), ["10.0.0.7:80", "[fd00::7]:80", "10.0.0.1:80"]);
    assert.deepEqual(unresolved, ["app.test"]);
    t.mock.timers.tick(60_000);
    await settled();
    assert.equal(dns.asked, 3);
    upstream.close();
  });

  test("with resolve it is asked for again after its TTL, by one thread for all; addresses that stay keep their state", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const dns = answers(["10.0.0.7", "10.0.0.8"], ["10.0.0.8", "10.0.0.9"]);
    const memory = new SharedMemory(0, 2);
    const model = testUpstream([testServer("app.test", { resolve: true })]);
    const make = (own: SharedMemory) =>
      new Upstream(model, { memory: own, role: "http", defaultPort: 80, lookup: dns.lookup });
    const one = make(memory);
    const two = make(new SharedMemory(1, 2, memory.pieces));
    await one.ready;
    assert.deepEqual(namesOf(two), ["10.0.0.7:80", "10.0.0.8:80"]);
    const leaves = two.begin();
    const stays = two.begin();
    assert.deepEqual([leaves.next()?.name, stays.next()?.name], ["10.0.0.7:80", "10.0.0.8:80"]);
    t.mock.timers.tick(5000);
    await settled();
    assert.equal(dns.asked, 2);
    assert.deepEqual(namesOf(two), ["10.0.0.8:80", "10.0.0.9:80"]);
    assert.deepEqual(
      one.peers.map(({ conns }) => conns),
      [1, 0],
    );
    leaves.free("failed");
    stays.free("failed");
    assert.deepEqual(
      one.peers.map(({ conns, fails }) => [conns, fails]),
      [
        [0, 1],
        [0, 0],
      ],
    );
    one.close();
    two.close();
  });

  test("addresses as they stand in proxy_pass", () => {
    const place = testServer("x").place;
    const surroundings = () => ({ memory: new SharedMemory(), role: "http", defaultPort: 443 });
    const peerOf = (authority: string) => {
      const peer = new Upstream(bareUpstream(authority, place), surroundings()).begin().next();
      return { name: peer?.name, host: peer?.host, port: peer?.port, path: peer?.path };
    };
    assert.deepEqual(peerOf("10.0.0.1"), {
      name: "10.0.0.1:443",
      host: "10.0.0.1",
      port: 443,
      path: undefined,
    });
    assert.deepEqual(peerOf("[fd00::1]:80"), {
      name: "[fd00::1]:80",
      host: "fd00::1",
      port: 80,
      path: undefined,
    });
    assert.deepEqual(peerOf("unix:/run/app"), {
      name: "unix:/run/app",
      host: undefined,
      port: undefined,
      path: "/run/app",
    });
    const resolved = new Upstream(
      resolvedUpstream("app", ["10.0.0.1", "fd00::1"], 8080, place),
      surroundings(),
    );
    assert.deepEqual(namesOf(resolved), ["10.0.0.1:8080", "[fd00::1]:8080"]);
  });
});
