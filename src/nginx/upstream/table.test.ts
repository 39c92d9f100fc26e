import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FoundAddress, firstTable, serverOf, withAddresses } from "./table.js";
import { testServer, testUpstream } from "./testing/model.js";

const model = testUpstream([
  testServer("10.0.0.1"),
  testServer("app.test", { resolve: true, service: "http" }),
]);
const addresses: fc.Arbitrary<FoundAddress[]> = fc.array(
  fc.record(
    {
      address: fc.constantFrom("10.0.0.7", "10.0.0.8", "fd00::7"),
      port: fc.constantFrom(80, 81),
      weight: fc.constantFrom(1, 5),
      backup: fc.boolean(),
      name: fc.constant("a.app.test"),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 6 },
);

test("addresses that stay keep their places, others get free ones, and none is given twice", () => {
  fc.assert(
    fc.property(fc.array(addresses), (answers) => {
      let table = firstTable(model);
      const places = Array.from({ length: 20 }, (_, at) => at);
      for (const found of answers) {
        const before = table.servers[1]!.peers;
        const used = new Set(table.servers.flatMap(({ peers }) => peers.map(({ place }) => place)));
        const free = places.filter((place) => !used.has(place));
        const made = withAddresses(table, 1, found, free);
        if (made === undefined) {
          assert.equal(before.length, found.length);
          continue;
        }
        table = made.table;
        const now = table.servers[1]!.peers;
        assert.deepEqual(
          now.map((peer) => peer.found),
          found,
        );
        const all = table.servers.flatMap(({ peers }) => peers.map(({ place }) => place));
        assert.equal(new Set(all).size, all.length);
        for (const peer of now) {
          const same = before.find(({ id }) => id === peer.id);
          assert.deepEqual(peer, same ?? peer);
          assert.equal(made.begun.includes(peer.place), same === undefined);
        }
      }
    }),
  );
});

test("where there is no room an address waits; SRV records say weight, port and rank", () => {
  const one = { address: "10.0.0.7", port: 81, weight: 5, backup: true, name: "a.app.test" };
  const made = withAddresses(firstTable(model), 1, [one, { ...one, port: 82 }], [9]);
  assert.deepEqual(made?.begun, [9]);
  const server = made!.table.servers[1]!;
  const { name, port, weight, backup } = serverOf(server, server.peers[0]!);
  assert.deepEqual({ name, port, weight, backup }, { name: "a.app.test", port: 81, weight: 5, backup: true });
});
