import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePrefix } from "../../src/ipvs/prefix.js";
import { IpAddress } from "../../src/wire/address.js";
import { directorPlace, segment, serverAddress, service } from "./director-place.js";

test("connections of a service, a server or clients are taken out, and counted down", (t) => {
  const place = directorPlace(t);
  if (!place) return;
  place.addService();
  place.addServer(0, { upper: 3 });
  place.addServer(1);
  const open = (clients: number) => {
    for (let i = 0; i < clients; i++) {
      const from = `192.168.4.${10 + (i % 2)}`;
      place.run("xdp", segment({ from, source: 41000 + i, syn: true }));
      if (i % 4 < 2) place.run("xdp", segment({ from, source: 41000 + i, ack: true }));
    }
  };
  open(6);
  assert.equal(place.entries().length, 6);
  const server = { address: IpAddress.of(serverAddress(0)) };
  const flush = (filter: Parameters<typeof place.plane.flushConnections>[0]) =>
    place.configure((plane) => plane.flushConnections(filter));
  const total = (number: number) => {
    const { active, inactive } = place.counts(number);
    return active + inactive;
  };
  assert.deepEqual([total(0), total(1)], [3, 3]);

  assert.equal(flush({ server: { ...server, port: 81 } }), 0);
  assert.equal(flush({ service: service(81) }), 0);
  assert.equal(flush({ server }), 3);
  assert.deepEqual([total(0), total(1)], [0, 3]);
  // It was full, and takes connections again.
  place.run("xdp", segment({ source: 42000, syn: true }));
  place.run("xdp", segment({ source: 42001, syn: true }));
  assert.deepEqual([total(0), total(1)], [1, 4]);

  const one = place.entries().length;
  const clients = flush({ client: parsePrefix("192.168.4.11", "--client") });
  assert.equal(place.entries().length, one - clients);
  assert.equal(flush({ service: service() }), one - clients);
  assert.deepEqual(place.entries(), []);
  assert.deepEqual([total(0), total(1)], [0, 0]);
  assert.equal(flush({}), 0);
});

test("mark rules are kept in the namespace, and replaced whole", (t) => {
  const place = directorPlace(t);
  if (!place) return;
  const rules = [
    {
      mark: 7,
      protocol: "tcp" as const,
      destination: parsePrefix("192.168.4.15", "--to"),
      ports: { from: 80, to: 81 },
    },
    { mark: 8, protocol: "any" as const },
  ];
  assert.deepEqual(place.plane.markRules(), []);
  place.configure((plane) => plane.setMarkRules(rules));
  assert.deepEqual(place.plane.markRules(), rules);
  const many = Array.from({ length: 257 }, () => rules[1]!);
  assert.throws(() => place.configure((plane) => plane.setMarkRules(many)), /257 mark rules/);
  assert.deepEqual(place.plane.markRules(), rules);
});
