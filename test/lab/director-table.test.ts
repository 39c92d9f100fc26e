import assert from "node:assert/strict";
import { test } from "node:test";
import { entriesPerBucket } from "../../src/dataplane/xdp/layout.js";
import { capacity } from "../../src/dataplane/xdp/maps.js";
import { IpvsError } from "../../src/ipvs/errors.js";
import { type DirectorPlace, directorPlace, hooks, segment } from "./director-place.js";

const syn = (source: number, from?: string) => segment({ syn: true, source, ...(from && { from }) });

/** Fills the table with established connections; gives their ports. */
function fill(place: DirectorPlace, hook: (typeof hooks)[number], most: number): number[] {
  const made: number[] = [];
  for (let port = 1; made.length < most && port < 60; port++) {
    if (place.run(hook, syn(port)).verdict !== "redirect") continue;
    place.run(hook, segment({ ack: true, source: port }));
    made.push(port);
  }
  return made;
}

for (const hook of hooks)
  for (const buckets of [1, 2])
    test(`${hook}: a table of ${buckets === 1 ? "one bucket" : "two buckets"} that is full`, async (t) => {
      const place = directorPlace(t, buckets);
      if (!place) return;
      const capacity = buckets * entriesPerBucket;
      const begin = () => {
        place.reset();
        place.addService();
        place.addServer(0);
        const ports = fill(place, hook, capacity);
        // With two buckets both of a flow's may be the same one: then the last places are filled by others.
        assert.equal(ports.length, capacity);
        place.state.settings.events = place.state.settings.events.map(() => 0n);
        return { ports, before: place.counts(0) };
      };
      const total = () => place.counts(0).active + place.counts(0).inactive;

      await t.test("established connections stay: a new one is refused, and counted", () => {
        const { before } = begin();
        assert.equal(place.run(hook, syn(50_000)).verdict, "drop");
        assert.equal(place.events().table_full, 1);
        assert.deepEqual(place.counts(0), before);
        assert.ok(place.entries().every(({ state }) => state === "ESTABLISHED"));
      });
      for (const [weak, stays] of [
        ["SYN_RECV", "TIME_WAIT"],
        ["CLOSE", "SYN_RECV"],
        ["TIME_WAIT", "ESTABLISHED"],
      ] as const)
        await t.test(`${weak} goes before ${stays}`, () => {
          begin();
          // In every bucket one of each, so that it does not matter which buckets the new flow has.
          for (let bucket = 0; bucket < buckets; bucket++) {
            place.putInto(bucket * entriesPerBucket + 1, stays);
            place.expireIn(bucket * entriesPerBucket + 1, 100);
            place.putInto(bucket * entriesPerBucket + 2, weak);
            place.expireIn(bucket * entriesPerBucket + 2, weak === "TIME_WAIT" ? 120 : 50);
          }
          assert.equal(place.run(hook, syn(50_001)).verdict, "redirect");
          const left = place.entries();
          assert.equal(left.length, capacity);
          const mine = left.find(({ clientPort }) => clientPort === 50_001);
          assert.equal(mine && mine.slot % entriesPerBucket, 2);
          assert.equal(place.events().table_full, 0);
          assert.equal(total(), capacity);
          assert.equal(place.counts(0).connections, capacity + 1);
        });
      for (const state of ["FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "NONE", "SYN_SENT"] as const)
        await t.test(`${state} does not go`, () => {
          begin();
          for (let slot = 0; slot < capacity; slot++) place.putInto(slot, state);
          assert.equal(place.run(hook, syn(50_002)).verdict, "drop");
          assert.equal(place.events().table_full, 1);
          assert.equal(total(), capacity);
        });
      await t.test("an expired entry goes before all others", async () => {
        begin();
        for (let bucket = 0; bucket < buckets; bucket++) {
          place.putInto(bucket * entriesPerBucket, "CLOSE");
          place.expireIn(bucket * entriesPerBucket + 3, -0.1);
        }
        assert.equal(place.run(hook, syn(50_003)).verdict, "redirect");
        const mine = place.entries().find(({ clientPort }) => clientPort === 50_003);
        assert.equal(mine && mine.slot % entriesPerBucket, 3);
        // The sweeper takes the others that are expired: between the two looks, or some ticks later.
        await new Promise((resolve) => setTimeout(resolve, 200));
        assert.equal(total(), place.entries().length);
      });
    });

test("26 000 connections of neighbouring clients and ports fit into a table for 65 536", (t) => {
  const place = directorPlace(t, 16_384);
  if (!place) return;
  place.addService();
  place.addServer(0);
  place.inside(() => {
    for (let host = 1; host <= 26; host++)
      for (let port = 0; port < 1000; port++) place.runHere("xdp", syn(32_768 + port, `10.0.0.${host}`));
  });
  assert.equal(place.events().table_full, 0);
  assert.equal(place.entries().length, 26_000);
  assert.equal(place.counts(0).active, 26_000);
});

test("thresholds: no more than -x, again below -y", (t) => {
  const place = directorPlace(t);
  if (!place) return;
  let port = 1000;
  const next = () => place.serverOf(place.run("tc", syn(port++)).packet);
  const end = (server: number, count: number) => {
    const mine = place.entries().filter((entry) => entry.server === server);
    for (const { slot, clientPort } of mine.slice(0, count)) {
      place.expireIn(slot, -0.1);
      // It goes as soon as somebody meets it, if the sweeper is not there first.
      assert.equal(place.run("tc", segment({ ack: true, source: clientPort })).verdict, "pass");
    }
  };
  place.addService();
  place.addServer(0, { upper: 4, lower: 2 });
  place.addServer(1, { weight: 0 });
  assert.deepEqual([next(), next(), next(), next()], [0, 0, 0, 0]);
  assert.equal(next(), undefined);
  end(0, 2);
  assert.equal(next(), undefined, "at the lower threshold it is still closed");
  end(0, 1);
  assert.equal(next(), 0);
  place.editServer(0, { upper: 0 });
  assert.deepEqual([next(), next(), next()], [0, 0, 0], "without thresholds there is no end");
  place.editServer(0, { upper: 4 });
  assert.equal(next(), undefined, "what is above the threshold already is closed at once");
  end(0, 2);
  assert.equal(next(), undefined, "three of four are not less than three quarters");
  end(0, 1);
  assert.equal(next(), 0);
  assert.throws(() => place.editServer(0, { upper: 1, lower: 2 }), { refusal: "range" });
  assert.equal(place.server(0).upperThreshold, 4);
});

test("what there is no room for is refused whole", (t) => {
  const place = directorPlace(t);
  if (!place) return;
  const memory = (error: unknown) => error instanceof IpvsError && error.refusal === "memory";
  const { settings } = place.state;
  place.addService(1);
  // As if all the others but one had been there.
  settings.servicesUsed = capacity.services - 1;
  settings.serversUsed = capacity.servers;
  place.addService(7);
  assert.throws(() => place.addService(8), memory);
  assert.equal(place.plane.services().length, 2);
  for (let slot = 0; slot < capacity.servers; slot++) place.state.servers.at(slot).use = 1;
  assert.throws(() => place.addServer(0, { port: 7 }), memory);
  assert.deepEqual(
    place.plane.services().flatMap(({ servers }) => servers),
    [],
  );
});
