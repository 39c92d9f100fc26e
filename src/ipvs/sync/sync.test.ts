import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { packageRoot } from "../../package-root.js";
import { IpAddress } from "../../wire/address.js";
import { readSyncMessage, type SyncEntry, SyncFlag, SyncMessageWriter, writeExtension } from "./index.js";

const port = fc.nat(65_535);
const word = fc.nat(0xffff_ffff);
const endpoint = (size: number) =>
  fc
    .tuple(fc.uint8Array({ minLength: size, maxLength: size }), port)
    .map(([bytes, port]) => ({ address: IpAddress.fromBytes(bytes), port }));
/** fast-check's own records have no prototype. */
const plain = { noNullPrototype: true } as const;
const shift = fc.record({ initial: word, delta: word, previousDelta: word }, plain);
const flags = fc.constantFrom(0, SyncFlag.inactive, SyncFlag.noOutput | 3, SyncFlag.template | 2);

/** Entries that a director may tell. */
const entry: fc.Arbitrary<SyncEntry> = fc.constantFrom(4, 16).chain((size) =>
  fc.record(
    {
      protocol: fc.constantFrom(6, 17, 132),
      flags: flags.map((each) => each | SyncFlag.sync),
      state: fc.constant(0),
      client: endpoint(size),
      virtual: endpoint(size),
      server: endpoint(size),
      mark: word,
      timeout: word,
      sequence: fc.record({ in: shift, out: shift }, plain),
      engine: fc.record(
        { name: fc.constant("sip"), data: fc.uint8Array({ minLength: 1, maxLength: 60 }) },
        plain,
      ),
    },
    {
      requiredKeys: ["protocol", "flags", "state", "client", "virtual", "server", "mark", "timeout"],
      noNullPrototype: true,
    },
  ),
);

function written(entries: readonly SyncEntry[], longest = 1472): Uint8Array[] {
  const writer = new SyncMessageWriter(7, longest);
  const datagrams: Uint8Array[] = [];
  for (const each of entries) {
    const full = writer.add(each);
    if (full) datagrams.push(full);
  }
  const last = writer.take();
  return last ? [...datagrams, last] : datagrams;
}

test("what is written is read again, to the last field, in datagrams that are not too long", () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 80 }),
      fc.integer({ min: 300, max: 1472 }),
      (entries, longest) => {
        const datagrams = written(entries, longest);
        for (const each of datagrams) assert.ok(each.length <= longest);
        const read = datagrams.map((each) => readSyncMessage(each, 7));
        assert.deepEqual(
          read.flatMap(({ entries }) => entries),
          entries,
        );
        for (const { fault, refused, version } of read)
          assert.deepEqual([fault, refused, version], [undefined, 0, 1]);
      },
    ),
  );
});

test("anything at all is read without an exception, and so is a message of which something was changed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      readSyncMessage(bytes);
      const framed = Uint8Array.from(bytes);
      if (framed.length < 8) return;
      framed.set([0, 7, framed.length >> 8, framed.length & 255, framed[4]!, 1, 0, 0]);
      readSyncMessage(framed, 7);
      framed[0] = 3;
      readSyncMessage(framed, 7);
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.nat(255),
      (entries, at, value) => {
        const [datagram] = written(entries) as [Uint8Array];
        datagram[at % datagram.length] = value;
        readSyncMessage(datagram);
        readSyncMessage(datagram.subarray(0, at % datagram.length));
      },
    ),
    { numRuns: 1000 },
  );
});

const one: SyncEntry = {
  protocol: 6,
  flags: SyncFlag.sync | 3,
  state: 1,
  client: { address: IpAddress.of("10.0.0.9"), port: 1000 },
  virtual: { address: IpAddress.of("10.0.0.1"), port: 80 },
  server: { address: IpAddress.of("10.0.0.2"), port: 80 },
  mark: 0,
  timeout: 900,
};

test("other syncids, lengths, versions and states are told apart", () => {
  const [whole] = written([one]) as [Uint8Array];
  const changed = (at: number, ...bytes: number[]) => {
    const copy = Uint8Array.from(whole);
    copy.set(bytes, at);
    return copy;
  };
  assert.equal(readSyncMessage(whole, 8).fault, "other-syncid");
  assert.equal(readSyncMessage(whole, 0).entries.length, 1);
  assert.equal(readSyncMessage(whole.subarray(0, 30), 7).fault, "wrong-length");
  assert.equal(readSyncMessage(changed(5, 2), 7).fault, "other-version");
  assert.equal(readSyncMessage(changed(4, 2), 7).fault, "truncated-entry");
  assert.equal(readSyncMessage(changed(4, 2), 7).entries.length, 1);
  assert.equal(readSyncMessage(changed(10, 0x10), 7).fault, "other-version");
  assert.equal(readSyncMessage(changed(16, 0, 11), 7).refused, 1);
  assert.equal(readSyncMessage(changed(9, 1), 7).refused, 1);
  assert.equal(readSyncMessage(changed(14, 0x20), 7).refused, 1);
});

test("version 0 is read, with sequence numbers where its flags say so", () => {
  const plain = [0, 6, 3, 232, 0, 80, 0, 80, 10, 0, 0, 9, 10, 0, 0, 1, 10, 0, 0, 2, 0, 3, 0, 1];
  const shifted = [
    ...plain.slice(0, 20),
    0x04,
    0,
    0,
    1,
    ...Array.from({ length: 24 }, (_, i) => (i === 3 ? 5 : 0)),
  ];
  const size = 4 + plain.length + shifted.length;
  const { version, entries, fault } = readSyncMessage(
    Uint8Array.from([2, 7, 0, size, ...plain, ...shifted]),
    7,
  );
  assert.deepEqual([version, fault, entries.length], [0, undefined, 2]);
  assert.deepEqual(entries[0], { ...one, timeout: 0 });
  assert.equal(entries[1]?.sequence?.in.initial, 5);
});

test("an extension stands behind no entries, and messages of others have none", () => {
  const wanted = { kind: "wanted", port: 4000, nonce: 0xdead_beef } as const;
  assert.deepEqual(readSyncMessage(writeExtension(7, wanted), 7).extension, wanted);
  assert.equal(readSyncMessage(written([one])[0]!, 7).extension, undefined);
});

test("what a kernel's IPVS (6.1) said of TCP, UDP, persistence, a mark and IPv6 is read to the last field, and written as it was", () => {
  const path = join(packageRoot, "test/fixtures/sync/linux-6.1.hex");
  const bytes = Uint8Array.from(Buffer.from(readFileSync(path, "latin1").replaceAll("\n", ""), "hex"));
  const { entries, fault, refused, syncId } = readSyncMessage(bytes, 7);
  assert.deepEqual([fault, refused, syncId, entries.length], [undefined, 0, 7, 18]);
  const told = entries.map(({ protocol, flags, state, client, virtual, server, mark, timeout }) =>
    [
      `${protocol} ${flags.toString(16)} ${state}`,
      ...[client, virtual, server].map((each) => `${each.address} ${each.port}`),
      `${mark} ${timeout}`,
    ].join(", "),
  );
  assert.deepEqual(
    [...new Set(told)],
    [
      "6 a3 1, 10.9.0.3 4003, 10.9.0.100 80, 10.9.0.50 80, 0 900",
      "6 a3 1, 10.9.0.3 4001, 10.9.0.100 80, 10.9.0.50 80, 0 900",
      "17 1120 0, 10.9.0.3 0, 10.9.0.100 53, 10.9.0.50 5353, 0 300",
      "6 11a3 0, fd09::3 0, fd09::100 80, fd09::51 80, 0 120",
      "6 11a3 1, fd09::3 0, fd09::100 80, fd09::51 80, 0 120",
      "6 a3 1, fd09::3 4002, fd09::100 80, fd09::51 80, 0 900",
      "17 120 0, 10.9.0.3 5001, 10.9.0.100 53, 10.9.0.50 5353, 0 300",
      "6 1a3 4, 10.9.0.3 4003, 10.9.0.100 80, 10.9.0.50 80, 0 120",
      "0 11a3 0, 10.9.0.3 0, 0.0.0.7 0, 10.9.0.51 0, 7 60",
      "17 1a3 0, 10.9.0.3 5002, 10.9.0.100 99, 10.9.0.51 99, 7 300",
    ],
  );
  const writer = new SyncMessageWriter(7, 1472);
  for (const each of entries) writer.add({ ...each, flags: each.flags & ~SyncFlag.sync });
  assert.deepEqual(writer.take(), bytes);
});
