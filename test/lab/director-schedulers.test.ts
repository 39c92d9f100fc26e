import assert from "node:assert/strict";
import { test } from "node:test";
import { constant32, xdp } from "../../src/asm/index.js";
import { loadWritten, testRun } from "../../src/bpf/index.js";
import { Destination, DestinationKey, ticks } from "../../src/dataplane/xdp/layout.js";
import { calmNumber, forget } from "../../src/dataplane/xdp/schedulers/forget.js";
import { lblc } from "../../src/dataplane/xdp/schedulers/lblc.js";
import { lblcr } from "../../src/dataplane/xdp/schedulers/lblcr.js";
import { tickNow } from "../../src/dataplane/xdp/state.js";
import { IpAddress } from "../../src/wire/index.js";
import { choosers, type ScheduledServer } from "../support/scheduler-model.js";
import { type DirectorPlace, directorPlace, segment, service } from "./director-place.js";

/** New connections, one after the other; which servers got them. */
class Clients {
  #port = 2000;
  constructor(readonly place: DirectorPlace) {}

  next(from?: string): number | undefined {
    return this.ask({ ...(from && { from }) });
  }

  ask(fields: { from?: string; source?: number }): number | undefined {
    const { source = this.#port++, from } = fields;
    const packet = segment({ syn: true, source, ...(from && { from }) });
    return this.place.serverOf(this.place.runHere("xdp", packet).packet);
  }
}

function begin(
  place: DirectorPlace,
  scheduler: string,
  weights: readonly number[],
  flags: string[] = [],
): Clients {
  place.reset();
  place.configure((plane) =>
    plane.addService({ id: service(), scheduler, schedulerFlags: flags, onePacket: false }),
  );
  for (const [number, weight] of weights.entries()) place.addServer(number, { weight });
  return new Clients(place);
}

test("none: a service without a scheduler takes no connection", (t) => {
  const place = directorPlace(t, 1024);
  if (!place) return;
  const clients = begin(place, "none", [1]);
  place.inside(() => assert.equal(clients.next(), undefined));
  assert.equal(place.events().no_server, 1);
  assert.equal(place.plane.service(service())?.scheduler, "none");
  place.configure((plane) =>
    plane.editService({ id: service(), scheduler: "rr", schedulerFlags: [], onePacket: false }),
  );
  place.inside(() => assert.equal(clients.next(), 0));
});

test("sh and mh: a client stays, with the port's flag a connection does, and with fallback nobody is turned away", (t) => {
  const place = directorPlace(t, 1024);
  if (!place) return;
  const addresses = Array.from({ length: 40 }, (_, i) => `10.0.${i % 5}.${i + 1}`);
  for (const name of ["sh", "mh"]) {
    const clients = begin(place, name, [1, 1, 1]);
    place.inside(() => {
      const first = addresses.map((from) => clients.next(from));
      assert.deepEqual(
        addresses.map((from) => clients.next(from)),
        first,
        name,
      );
      assert.equal(new Set(first).size, 3);
      place.editServer(1, { weight: 0 });
      assert.deepEqual(
        addresses.map((from) => clients.next(from)).filter((_, i) => first[i] !== 1),
        first.filter((server) => server !== 1),
        `${name}: the others don't move`,
      );
      assert.ok(addresses.some((from) => clients.next(from) === undefined));

      place.configure((plane) =>
        plane.editService({
          id: service(),
          scheduler: name,
          schedulerFlags: [`${name}-fallback`],
          onePacket: false,
        }),
      );
      const fallen = addresses.map((from) => clients.next(from));
      assert.ok(fallen.every((server) => server === 0 || server === 2));
      for (const number of [0, 2]) place.editServer(number, { weight: 0 });
      assert.equal(clients.next(), undefined);
    });

    const ports = begin(place, name, [1, 1, 1], [`${name}-port`]);
    place.inside(() => {
      const given = Array.from({ length: 40 }, (_, source) => ports.ask({ source: 3000 + source }));
      assert.equal(new Set(given).size, 3, `${name}-port`);
      place.state.maps["connections"]!.memory({ write: true }).bytes.fill(0);
      assert.deepEqual(
        Array.from({ length: 40 }, (_, source) => ports.ask({ source: 3000 + source })),
        given,
      );
    });
  }
});

test("sh and mh with fallback: whose turn it is when servers can't, for many clients as the kernel's loops say", (t) => {
  const place = directorPlace(t, 4096);
  if (!place) return;
  const addresses = Array.from({ length: 60 }, (_, i) => IpAddress.of(`10.${i % 3}.${i % 7}.${4 * i + 1}`));
  const weights = [3, 1, 4, 1, 5];
  for (const name of ["sh", "mh"] as const) {
    const clients = begin(place, name, weights, [`${name}-fallback`]);
    place.inside(() => {
      for (const idle of [[0], [1, 4], [0, 2, 3], [0, 1, 2, 3]]) {
        for (const [number, weight] of weights.entries())
          place.editServer(number, { weight: idle.includes(number) ? 0 : weight });
        const list: ScheduledServer[] = weights
          .map((lastWeight, number) => ({
            number,
            weight: idle.includes(number) ? 0 : lastWeight,
            lastWeight,
            overloaded: false,
            listed: true,
            active: 0,
            inactive: 0,
            address: 0xc0a8_0464 + number,
            port: 80,
          }))
          .reverse();
        for (const address of addresses) {
          const request = { client: Buffer.from(address.bytes).readUInt32BE(), destination: 0, port: 0 };
          const expected = choosers[name](list, request, 1)?.number;
          assert.equal(clients.next(address.toString()), expected, `${name}, without ${idle}, ${address}`);
        }
      }
    });
  }
});

test("twos: drawn by weight, and of the two the one with less to do", (t) => {
  const place = directorPlace(t, 4096);
  if (!place) return;
  const share = (clients: Clients, count: number, server: number) => {
    let given = 0;
    for (let i = 0; i < count; i++) {
      if (clients.next() === server) given++;
    }
    return given / count;
  };
  place.inside(() => {
    const count = 1500;
    // Loads that stay as they are.
    const keep = (clients: Clients, active: readonly number[]) => {
      const ask = clients.ask.bind(clients);
      clients.ask = (fields) => {
        for (const [slot, connections] of active.entries()) place.state.servers.at(slot).active = connections;
        for (const slot of active.keys()) place.state.servers.at(slot).inactive = 0;
        return ask(fields);
      };
      return clients;
    };
    // Newest first: server 1 has the draws 0 and 1 of 0, 1 and 2. It is busy, so both have to fall on it.
    const both = share(keep(begin(place, "twos", [1, 1]), [0, 50]), count, 1);
    assert.ok(Math.abs(both - 4 / 9) < 0.065, `${both} for two thirds of two thirds`);
    // Server 1 has the draws 0 … 3 of 0 … 4, and with equal loads the first draw counts.
    const small = share(keep(begin(place, "twos", [1, 3]), [0, 0]), count, 1);
    assert.ok(Math.abs(small - 4 / 5) < 0.06, `${small} for three fourths`);
    const none = begin(place, "twos", [0, 0]);
    assert.equal(none.next(), undefined);
    const only = begin(place, "twos", [0, 2 ** 31 - 1, 0]);
    for (let i = 0; i < 20; i++) assert.equal(only.next(), 1);
  });
});

test("a destination's servers: a slot with another server in it is not the one that was remembered", (t) => {
  const place = directorPlace(t, 1024);
  if (!place) return;
  for (const name of ["lblc", "lblcr"]) {
    const clients = begin(place, name, [1, 1]);
    place.inside(() => {
      const first = clients.next()!;
      assert.equal(clients.next(), first, name);
      place.deleteServer(first);
      const second = clients.next()!;
      assert.notEqual(second, first);
      place.addServer(first);
      // lblc remembers one server, lblcr both: the one with less to do.
      place.state.servers.at(second).inactive += 1000;
      assert.equal(clients.next(), name === "lblc" ? second : first, `${name}: back in the set`);
    });

    const resting = begin(place, name, [1, 1]);
    place.inside(() => {
      const first = resting.next()!;
      place.editServer(first, { weight: 0 });
      assert.equal(resting.next(), 1 - first, `${name}: weight 0`);
    });

    const others = begin(place, name, [1]);
    place.inside(() => {
      assert.equal(others.next(), 0);
      place.deleteServer(0);
      // As if its connections were over and it was away for long: it comes back as another one, into the same slot.
      place.state.maps["connections"]!.memory({ write: true }).bytes.fill(0);
      const slot = place.state.servers.at(0);
      slot.active = 0;
      slot.inactive = 0;
      slot.removedAt = (tickNow() - ticks(200)) >>> 0;
      const { stamp } = slot;
      place.addServer(0);
      place.addServer(6);
      slot.inactive = 1000;
      assert.deepEqual([place.counts(0).inactive, slot.stamp], [1000, stamp + 1]);
      assert.equal(others.next(), 6, `${name}: by load, not by memory`);
    });
  }
});

test("lblcr: a set that has long been the same loses its busiest server", (t) => {
  const place = directorPlace(t, 1024);
  if (!place) return;
  const clients = begin(place, "lblcr", [2, 2, 2]);
  const only = () => {
    const [entry] = [...place.state.maps["destinations"]!.entries()];
    assert.ok(entry);
    return { key: entry[0], destination: Destination.over(entry[1]), bytes: entry[1] };
  };
  const members = () =>
    only()
      .destination.members.map((one) => Number(one & 0xffffn))
      .filter((_, i) => only().destination.members[i] !== 0n);
  place.inside(() => {
    // More than its weight, and another one has room: the set grows.
    for (let i = 0; i < 9; i++) clients.next();
    assert.deepEqual(members().sort(), [0, 1, 2]);
    const busiest = 1;
    place.state.servers.at(busiest).inactive += 5000;
    const { key, destination, bytes } = only();
    destination.changed = (tickNow() - ticks(86_300)) >>> 0;
    place.state.maps["destinations"]!.update(key, bytes);
    clients.next();
    assert.equal(members().length, 3);
    destination.changed = (tickNow() - ticks(86_500)) >>> 0;
    place.state.maps["destinations"]!.update(key, bytes);
    clients.next();
    assert.deepEqual(members().sort(), [0, 2]);
    clients.next();
    assert.equal(members().length, 2, "a change is a new beginning");
  });
});

test("destinations are forgotten when they were idle for long, and sooner if there are many", (t) => {
  const place = directorPlace(t, 64);
  if (!place) return;
  const map = place.state.maps["destinations"]!;
  const minutes = (count: number) => (tickNow() - ticks(60 * count)) >>> 0;
  let cache = 0;
  const put = (count: number, scheduler: number, lastUse: number) => {
    for (let i = 0; i < count; i++)
      map.update(DestinationKey.encode({ cache: ++cache, scheduler }), Destination.encode({ lastUse }));
  };
  const left = () => [...map.keys()].length;
  /** What the sweeper does once in a minute, which this test doesn't wait for. */
  const forgetGiven = (before: number) => {
    const program = loadWritten(
      xdp("forgetter", (packet) => packet.end(forget(constant32(before)))),
      place.state.maps,
    );
    try {
      const { verdict } = place.inside(() => testRun(program, { packet: new Uint8Array(64) }));
      assert.equal(verdict, left(), "how many it says are left");
    } finally {
      program.close();
    }
  };
  const day = 24 * 60;
  put(10, lblc.id, minutes(day + 1));
  put(20, lblcr.id, minutes(day + 1));
  put(5, lblc.id, minutes(day - 1));
  put(5, lblcr.id, minutes(0));
  forgetGiven(40);
  assert.equal(left(), 10);
  place.configure((plane) => plane.setTunable("lblc_expiration", 3600));
  forgetGiven(10);
  assert.equal(left(), 5, "each has an age of its own");

  put(1200, lblc.id, minutes(7));
  put(calmNumber - 5, lblc.id, minutes(5));
  forgetGiven(calmNumber + 900);
  assert.equal(left(), calmNumber, "four thirds of 900");
  put(8100, lblc.id, minutes(7));
  forgetGiven(10 * calmNumber);
  assert.equal(left(), calmNumber, "as many as fit into the map, all of them idle");
  put(8190, lblc.id, minutes(7));
  forgetGiven(calmNumber);
  assert.equal(left(), calmNumber + 8190, "no more than the calm number: nobody goes");
});
