import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SharedMemory } from "../../proxy/index.js";
import { testServer, testUpstream } from "./testing/model.js";
import { Upstream } from "./upstream.js";

const hosts = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"];
const host = fc.constantFrom(...hosts);
const step = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), host, weight: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant("remove" as const), host }),
  fc.record({ kind: fc.constant("down" as const), host, down: fc.boolean() }),
  fc.record({ kind: fc.constant("begin" as const) }),
  fc.record({
    kind: fc.constant("end" as const),
    outcome: fc.constantFrom("good" as const, "failed" as const),
  }),
);

test("servers come, go and change while requests are under way: counts stay true, and only who may serve does", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const base = testUpstream([testServer("10.0.0.1"), testServer("10.0.0.2")]);
      const upstream = new Upstream(
        { ...base, zone: { name: "z", size: 65_536 } },
        { memory: new SharedMemory(), role: "http", defaultPort: 80 },
      );
      const idOf = (name: string) => upstream.servers.find(({ server }) => server.host === name)?.id;
      const open: { attempt: ReturnType<Upstream["begin"]>; name: string }[] = [];
      for (const each of steps) {
        const id = "host" in each ? idOf(each.host) : undefined;
        if (each.kind === "add") {
          const added = upstream.addServer(testServer(each.host, { weight: each.weight, maxFails: 0 }));
          assert.equal(added === "exists", id !== undefined);
        } else if (each.kind === "remove") {
          assert.equal(typeof upstream.removeServer(id ?? 999) === "string", id === undefined);
        } else if (each.kind === "down" && id !== undefined) upstream.changeServer(id, { down: each.down });
        else if (each.kind === "begin") {
          const attempt = upstream.begin();
          const peer = attempt.next();
          const may = upstream.servers.filter(({ server }) => !server.down).map(({ server }) => server.name);
          if (peer !== undefined) {
            assert.ok(may.includes(peer.name));
            open.push({ attempt, name: peer.name });
          } else assert.ok(upstream.peers.every((one) => one.down || one.fails > 0));
        } else if (each.kind === "end") open.shift()?.attempt.free(each.outcome);
      }
      for (const { attempt } of open) attempt.free("good");
      assert.ok(upstream.peers.every(({ conns }) => conns === 0));
      const ids = upstream.servers.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      upstream.close();
    }),
  );
});
