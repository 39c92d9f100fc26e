import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { xdpContext } from "../../src/bpf/index.js";
import { type DirectorPlace, directorPlace, segment } from "./director-place.js";
import type { Race } from "./director-racer.js";

/** Two threads send the same packets, each packet both at once. */
async function race(place: DirectorPlace, packets: readonly Uint8Array[]): Promise<void> {
  const meeting = new SharedArrayBuffer(8);
  const program = place.program("xdp").fd;
  const workers = ([0, 1] as const).map((me) => {
    const { namespace } = place.place;
    const context = xdpContext(packets[0]!.length, place.device);
    const workerData: Race = { namespace, program, me, meeting, packets, context };
    return new Worker(new URL("./director-racer.js", import.meta.url), { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, "exit")));
}

/** What must be true at any time at which no packet is on its way. */
function consistent(place: DirectorPlace, servers: number): void {
  const entries = place.entries();
  const all = place.entries(true);
  assert.equal(all.filter(({ kind }) => kind === 1 || kind === 3).length, 0, "nothing stays claimed");
  const keys = new Set(entries.map(({ client, clientPort }) => `${client}:${clientPort}`));
  assert.equal(keys.size, entries.length, "one entry a flow");
  const active = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYNACK"];
  for (let number = 0; number < servers; number++) {
    const mine = entries.filter(({ server }) => server === number);
    const { active: counted, inactive } = place.counts(number);
    const really = mine.filter(({ state }) => active.includes(state)).length;
    assert.deepEqual([counted, inactive], [really, mine.length - really], `server ${number}`);
  }
}

test("the same flows on two CPUs at once: one entry each, true counts", async (t) => {
  const place = directorPlace(t, 4096);
  if (!place) return;
  const flows = 1500;
  const servers = 3;
  place.addService(80, "rr");
  for (let number = 0; number < servers; number++) place.addServer(number);
  const packets = (flags: object) =>
    Array.from({ length: flows }, (_, i) => segment({ ...flags, source: 1000 + i }));
  const packetsOf = (number: number) => place.counts(number).packets;
  const sent = () =>
    Array.from({ length: servers }, (_, number) => packetsOf(number)).reduce((a, b) => a + b);

  await race(place, packets({ syn: true }));
  consistent(place, servers);
  assert.equal(place.entries().length, flows);
  assert.equal(sent(), 2 * flows);
  await race(place, packets({ ack: true }));
  await race(place, packets({ fin: true, ack: true }));
  consistent(place, servers);
  assert.ok(place.entries().every(({ state }) => state === "FIN_WAIT"));
  for (const { slot } of place.entries()) place.putInto(slot, "TIME_WAIT");
  await race(place, packets({ syn: true }));
  consistent(place, servers);
  assert.equal(place.entries().length, flows, "ports used again");
  for (const { slot } of place.entries()) place.expireIn(slot, -0.01);
  await race(place, packets({ syn: true }));
  consistent(place, servers);
  assert.equal(place.entries().length, flows, "expired, found by both");
  t.diagnostic(`lost races: ${place.events().lost_race}`);
});

test("two CPUs fill a table that is too small: counts stay true", async (t) => {
  const place = directorPlace(t, 64);
  if (!place) return;
  place.addService(80, "wlc");
  place.addServer(0, { upper: 150 });
  place.addServer(1);
  const flags = [{ syn: true }, { ack: true }, { fin: true, ack: true }, { rst: true }];
  const packets = Array.from({ length: 4000 }, (_, i) =>
    segment({ ...flags[(i >> 1) % flags.length], source: 1000 + ((i * 7919) % 600) }),
  );
  await race(place, packets);
  consistent(place, 2);
  t.diagnostic(JSON.stringify(place.events()));
});
