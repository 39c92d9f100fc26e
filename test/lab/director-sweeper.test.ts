import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Entry, Sweep } from "../../src/dataplane/xdp/layout.js";
import { tickNow } from "../../src/dataplane/xdp/state.js";
import { type DirectorPlace, directorPlace, segment } from "./director-place.js";

const buckets = 4096;
const second = 1000;
/** A look at the defences comes once a second, and the machine may be busy. */
const soon = 6 * second;

const syn = (number: number) =>
  segment({ syn: true, source: 1024 + (number & 0x7fff), from: `192.168.4.${10 + (number >> 15)}` });
const ack = (number: number) =>
  segment({ ack: true, source: 1024 + (number & 0x7fff), from: `192.168.4.${10 + (number >> 15)}` });

/** Connections of three servers: of each three the third stays half open, the others are established. */
function connect(place: DirectorPlace, count: number, from = 0): number {
  return place.inside(() => {
    let made = 0;
    for (let i = from; i < from + count; i++) {
      if (place.runHere("tc", syn(i)).verdict !== "redirect") continue;
      made++;
      if (i % 3 !== 2) place.runHere("tc", ack(i));
    }
    return made;
  });
}

function begin(t: TestContext, size = buckets): DirectorPlace | undefined {
  const place = directorPlace(t, size);
  if (!place) return undefined;
  place.addService();
  for (const number of [0, 1, 2]) place.addServer(number);
  return place;
}

const set = (place: DirectorPlace, name: string, value: number) =>
  place.configure((plane) => plane.setTunable(name, value));

const inTable = (place: DirectorPlace) => place.entries().length;
const counted = (place: DirectorPlace) =>
  [0, 1, 2].reduce((sum, n) => sum + place.counts(n).active + place.counts(n).inactive, 0);

/** Lets the time of all these entries be over at once. */
function expireAll(place: DirectorPlace, entries: readonly { slot: number }[]): void {
  const { bytes } = place.state.maps["connections"]!.memory({ write: true });
  const past = (tickNow() - 60) >>> 0;
  for (const { slot } of entries) Entry.over(bytes, slot * Entry.size).expires = past;
}

async function until(condition: () => boolean, most = soon): Promise<boolean> {
  for (let waited = 0; waited < most; waited += 25) {
    if (condition()) return true;
    await sleep(25);
  }
  return condition();
}

test("thousands of expired connections go, slice by slice, and counts stay true", async (t) => {
  const place = begin(t);
  if (!place) return;
  const made = connect(place, 4500);
  assert.ok(made > 4400, `${made}`);
  assert.equal(counted(place), made);
  const half = place.entries().filter((_, i) => i % 2 === 0);
  expireAll(place, half);
  const sizes = new Set<number>();
  assert.ok(
    await until(() => {
      sizes.add(inTable(place));
      return inTable(place) === made - half.length;
    }),
    `${inTable(place)} of ${made - half.length}`,
  );
  assert.ok(sizes.size > 2, "not all at once");
  assert.equal(counted(place), made - half.length);
  expireAll(place, place.entries());
  assert.ok(await until(() => inTable(place) === 0));
  assert.equal(counted(place), 0);
  assert.equal(place.events().dropped_entry, 0);
});

test("a walk goes from the first bucket to the last, in slices of a twentieth", async (t) => {
  const place = begin(t);
  if (!place) return;
  const position = () =>
    Sweep.over(place.state.maps["sweep"]!.lookup(new Uint8Array(4))!).position / Math.ceil(buckets / 20);
  const seen = new Set<number>();
  assert.ok(
    await until(() => {
      seen.add(position());
      return seen.size > 6;
    }),
  );
  for (const at of seen) assert.ok(Number.isInteger(at) && at < 20, `${at}`);
  const made = connect(place, 300);
  assert.ok(
    await until(() => place.state.settings.entriesUsed === made),
    `${place.state.settings.entriesUsed}`,
  );
});

test("drop_entry takes half open connections, and established ones only if they are long silent", async (t) => {
  const place = begin(t, 64);
  if (!place) return;
  connect(place, 150);
  const before = place.entries();
  const halfOpen = before.filter(({ state }) => state === "SYN_RECV").length;
  assert.ok(halfOpen >= 45);
  set(place, "drop_entry", 3);
  // A bucket's turn comes once in 32 seconds: some have it soon.
  assert.ok(await until(() => place.events().dropped_entry >= 2, 20 * second));
  let now = place.entries();
  assert.equal(now.filter(({ state }) => state === "ESTABLISHED").length, before.length - halfOpen);
  assert.ok(Math.abs(before.length - now.length - place.events().dropped_entry) <= 3);
  // Established, of two packets each, silent for 100 seconds: every second one goes.
  for (const { slot, state } of now) if (state === "ESTABLISHED") place.expireIn(slot, 800);
  const dropped = place.events().dropped_entry;
  const gone = () => before.length - halfOpen - established(place);
  assert.ok(await until(() => gone() >= 2, 20 * second), `${dropped}`);
  set(place, "drop_entry", 0);
  await until(() => place.state.settings.dropEntries === 0);
  await sleep(200);
  now = place.entries();
  assert.equal(counted(place), now.length);
  assert.equal(place.events().dropped_entry, before.length - now.length);
});

const established = (place: DirectorPlace) =>
  place.entries().filter(({ state }) => state === "ESTABLISHED").length;

test("drop_packet drops one new connection of so many", async (t) => {
  const place = begin(t);
  if (!place) return;
  set(place, "am_droprate", 4);
  set(place, "drop_packet", 3);
  assert.ok(await until(() => place.state.settings.dropRate === 4));
  assert.equal(connect(place, 400), 300);
  assert.equal(place.events().dropped_packet, 100);
  assert.equal(counted(place), 300);
  set(place, "drop_packet", 0);
  assert.ok(await until(() => place.state.settings.dropRate === 0));
  assert.equal(connect(place, 100, 5000), 100);
});

test("the modes 1 and 2 follow how scarce the table is", async (t) => {
  const place = begin(t, 64);
  if (!place) return;
  const { settings } = place.state;
  const mode = (name: string) => place.plane.tunables().get(name);
  for (const name of ["drop_entry", "drop_packet", "secure_tcp"]) set(place, name, 1);
  connect(place, 64);
  await until(() => settings.entriesUsed === 64);
  await sleep(1.5 * second);
  assert.deepEqual([settings.dropEntries, settings.dropRate, settings.secure], [0, 0, 0]);
  // A quarter of 256 entries is in use: three quarters, 3072 of 4096, are free.
  set(place, "amemthresh", 3200);
  assert.ok(await until(() => settings.secure === 1));
  assert.deepEqual([mode("drop_entry"), mode("drop_packet"), mode("secure_tcp")], [2, 2, 2]);
  assert.equal(settings.dropEntries, 1);
  assert.ok(settings.dropRate >= 13 && settings.dropRate <= 25, `${settings.dropRate}`);
  set(place, "amemthresh", 1000);
  assert.ok(await until(() => settings.secure === 0));
  assert.deepEqual([mode("drop_entry"), mode("drop_packet"), mode("secure_tcp")], [1, 1, 1]);
  assert.deepEqual([settings.dropEntries, settings.dropRate], [0, 0]);
  set(place, "secure_tcp", 3);
  assert.ok(await until(() => settings.secure === 1));
  set(place, "secure_tcp", 0);
  assert.ok(await until(() => settings.secure === 0));
});

test("insert_limit: so many new connections per second and CPU", async (t) => {
  const place = begin(t);
  if (!place) return;
  set(place, "insert_limit", 20);
  const started = performance.now();
  const made = connect(place, 400);
  const seconds = (performance.now() - started) / second;
  // The test may have been on each of the CPUs.
  const most = 20 * (1 + seconds) * 16;
  assert.ok(made >= 20 && made <= most && made < 400, `${made}`);
  assert.equal(place.events().insert_limited, 400 - made);
  set(place, "insert_limit", 0);
  assert.equal(connect(place, 100, 5000), 100);
});
