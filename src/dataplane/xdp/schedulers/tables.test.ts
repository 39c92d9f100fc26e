import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { choosers, type ScheduledServer, sipHash13 } from "../../../../test/support/scheduler-model.js";
import { schedulers } from "../../../ipvs/schedulers.js";
import { xdpSchedulers } from "./index.js";
import { mhKeys, mhTable, mhTableSize } from "./mh-table.js";
import { pack } from "./packed.js";
import type { ListedServer } from "./scheduler.js";
import { sourceHashTable } from "./sh.js";
import { sipHashOf } from "./sip-hash.js";
import { wrr } from "./wrr.js";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const weight = fc.oneof(fc.nat(10), fc.constantFrom(0, 1, 100, 65_535, 2 ** 31 - 1));

/** Servers as the control plane and as the model tell of them. */
const server: fc.Arbitrary<ScheduledServer> = fc
  .record({ weight, lastWeight: weight, address: u32, port: fc.nat(65_535), number: fc.nat() })
  .map((some) => ({
    ...some,
    overloaded: false,
    listed: true,
    active: 0,
    inactive: 0,
    lastWeight: some.weight || some.lastWeight,
  }));
const servers = fc.array(server, { maxLength: 12 });
const listed = (some: readonly ScheduledServer[]): ListedServer[] =>
  some.map(({ weight, lastWeight, address, port }) => ({ weight, lastWeight, folded: address, port }));

test("the numbers of schedulers never change", () => {
  assert.deepEqual(Object.fromEntries(xdpSchedulers.map(({ name, id }) => [name, id])), {
    rr: 1,
    wrr: 2,
    lc: 3,
    wlc: 4,
    sh: 5,
    dh: 6,
    sed: 7,
    nq: 8,
    lblc: 9,
    lblcr: 10,
    fo: 11,
    ovf: 12,
    mh: 13,
    twos: 14,
  });
  assert.deepEqual(
    xdpSchedulers.map(({ name }) => name).sort(),
    schedulers.map(({ name }) => name).sort(),
    "all that the model knows, and no others",
  );
});

test("hashes give what the kernel's give", () => {
  // lib/siphash_kunit.c, test_vectors_hsiphash[4]: the bytes 0, 1, 2, 3 under the key 0 … 15.
  const key = [0x0706050403020100n, 0x0f0e0d0c0b0a0908n] as const;
  assert.equal(sipHashOf(0x03020100, key), 0x88d38328);
  assert.equal(Number(sipHash13(Uint8Array.of(0, 1, 2, 3), key)), 0x88d38328);
  // And of other lengths, for the model's sake.
  assert.equal(Number(sipHash13(Uint8Array.of(), key)), 0x050fc4dc);
  assert.equal(Number(sipHash13(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7), key)), 0x8d299a8e);
  assert.equal(
    Number(
      sipHash13(
        Uint8Array.from({ length: 12 }, (_, i) => i),
        key,
      ),
    ),
    0x57b4d9a2,
  );
  fc.assert(
    fc.property(u32, fc.constantFrom(mhKeys.offset, mhKeys.skip, key), (value, key) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value);
      assert.equal(BigInt(sipHashOf(value, key)), sipHash13(bytes, key));
    }),
  );
});

/** The kernel's hash_32 with eight bits. */
const bucketOf = (client: number) => Math.imul(client, 0x61c8_8647) >>> 24;

test("sh: every bucket is whose the kernel's loop makes it", () => {
  const places = sourceHashTable(listed([2, 0, 3].map((weight) => ({ weight }) as ScheduledServer)));
  assert.deepEqual(places.slice(0, 8), [0, 0, 1, 2, 2, 2, 0, 0]);
  assert.equal(places.length, 256);
  assert.deepEqual(sourceHashTable([]), []);
  // Of every bucket a client: those whose hash it is.
  const clients = new Map<number, number>();
  for (let client = 0; clients.size < 256; client++) clients.set(bucketOf(client), client);
  fc.assert(
    fc.property(servers, (some) => {
      const usable = some.map((one) => ({ ...one, overloaded: false }));
      const table = sourceHashTable(listed(usable));
      for (const [bucket, client] of clients) {
        const expected = choosers.sh(usable, { client, port: 0, destination: 0 }, 0);
        const given = usable[table[bucket]!];
        assert.equal(given && given.weight > 0 ? given : undefined, expected);
      }
    }),
    { numRuns: 30 },
  );
});

test("mh: the table is the kernel's", () => {
  fc.assert(
    fc.property(servers, fc.array(u32, { minLength: 20, maxLength: 20 }), (some, clients) => {
      const table = mhTable(listed(some));
      for (const client of clients) {
        const given = some[table[sipHashOf(client, mhKeys.offset) % mhTableSize] ?? -1];
        const expected = choosers.mh(some, { client, port: 0, destination: 0 }, 0);
        assert.equal(given && given.weight > 0 ? given : undefined, expected);
      }
    }),
    { numRuns: 20 },
  );
});

test("mh: shares are in proportion, weight 0 keeps them, and one server less moves little else", () => {
  const some = [1, 2, 5].map((lastWeight, i) => ({
    weight: lastWeight,
    lastWeight,
    folded: 0x0a00_0001 + i,
    port: 80,
  }));
  const share = (table: Uint16Array, place: number) => table.filter((one) => one === place).length;
  const table = mhTable(some);
  for (const [i, { weight }] of some.entries())
    assert.ok(Math.abs(share(table, i) - (mhTableSize * weight) / 8) <= weight, `server ${i}`);
  assert.deepEqual(mhTable(some.map((one, i) => (i === 1 ? { ...one, weight: 0 } : one))), table);
  assert.equal(mhTable(some.map((one) => ({ ...one, weight: 0, lastWeight: 0 }))).length, 0);

  const ten = Array.from({ length: 10 }, (_, i) => ({
    weight: 1,
    lastWeight: 1,
    folded: 0x0a00_0001 + i,
    port: 80,
  }));
  const [all, without] = [mhTable(ten), mhTable(ten.slice(0, 9))];
  const moved = all.filter((place, i) => place !== 9 && without[i] !== place).length;
  assert.ok(moved < mhTableSize / 20, `${moved} places moved between servers that both stay`);
});

test("mh: more servers than places leaves the newest without any", () => {
  const many = Array.from({ length: mhTableSize + 2 }, (_, i) => ({
    weight: 1,
    lastWeight: 1,
    folded: i,
    port: 1,
  }));
  const table = mhTable(many);
  assert.equal(new Set(table).size, mhTableSize);
  assert.equal(Math.min(...table), 2);
});

test("wrr's words: the largest weight less what makes steps end at one, and the steps", () => {
  const words = (...weights: number[]) =>
    wrr.own!(weights.map((weight) => ({ weight, lastWeight: weight, folded: 0, port: 0 })));
  assert.deepEqual(words(4, 3, 2), [4, 1]);
  assert.deepEqual(words(4, 0, 2), [3, 2]);
  assert.deepEqual(words(0, 0), [0, 1]);
  assert.deepEqual(words(), [0, 1]);
  assert.deepEqual(words(2 ** 31 - 1), [1, 2 ** 31 - 1]);
});

test("places are packed, the first one lowest", () => {
  assert.deepEqual([...pack([1, 2, 3, 255, 5], 8)], [0xff03_0201, 5]);
  assert.deepEqual([...pack([1, 0xffff, 3], 16)], [0xffff_0001, 3]);
  assert.deepEqual([...pack([], 16)], []);
});
