import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Endpoint } from "../wire/wire.js";
import { crc32c } from "./crc32c.js";
import {
  decodeSslTlv,
  decodeV1,
  encodeSslTlv,
  encodeV1,
  encodeV2,
  ProxyHeadReader,
  tlvTypes,
} from "./index.js";

const port = fc.integer({ min: 0, max: 65_535 });
const plain = { noNullPrototype: true };
const v4 = fc.record({ host: fc.ipV4(), port, family: fc.constant(4 as const) }, plain);
const v6 = fc.record(
  {
    host: fc
      .array(fc.integer({ min: 1, max: 65_535 }), { minLength: 8, maxLength: 8 })
      .map((words) => words.map((word) => word.toString(16)).join(":")),
    port,
    family: fc.constant(6 as const),
  },
  plain,
);
const unix = fc.record(
  {
    host: fc.stringMatching(/^\/[a-z]{1,50}$/),
    port: fc.constant(0),
    family: fc.constant(0 as const),
  },
  plain,
);

/** The head as read in two pieces, with bytes behind it. */
function readCut(head: Buffer, cut: number) {
  const all = Buffer.concat([head, Buffer.from("after")]);
  const reader = new ProxyHeadReader();
  let taken = reader.take(all.subarray(0, cut));
  if (reader.result === undefined) taken = cut + reader.take(all.subarray(cut));
  assert.equal(taken, head.length);
  assert.ok(reader.result);
  return reader.result;
}

test("what is written is read, of both versions, wherever it is cut", () => {
  const pair = fc.oneof(fc.tuple(v4, v4), fc.tuple(v6, v6)) as fc.Arbitrary<[Endpoint, Endpoint]>;
  const tlvs = fc.array(
    fc.record({ type: fc.integer({ min: 5, max: 255 }), value: fc.uint8Array({ maxLength: 40 }) }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(pair, tlvs, fc.boolean(), fc.nat(), ([source, destination], list, sum, at) => {
      const v1 = encodeV1(source, destination);
      const read1 = readCut(v1, at % (v1.length + 5));
      assert.deepEqual([read1.source, read1.destination], [source, destination]);
      const given = list.map((each) => ({ type: each.type, value: Buffer.from(each.value) }));
      const v2 = encodeV2(source, destination, given, { crc32c: sum });
      const read2 = readCut(v2, at % (v2.length + 5));
      assert.deepEqual([read2.source, read2.destination, read2.local], [source, destination, false]);
      assert.deepEqual(
        read2.tlvs.filter((each) => each.type !== tlvTypes.crc32c),
        given,
      );
    }),
  );
  fc.assert(
    fc.property(unix, unix, (source, destination) => {
      assert.deepEqual(encodeV1(source, destination).toString(), "PROXY UNKNOWN\r\n");
      const read = readCut(encodeV2(source, destination), 20);
      assert.deepEqual([read.source, read.destination], [source, destination]);
    }),
  );
});

test("LOCAL and UNKNOWN have no addresses", () => {
  assert.deepEqual(readCut(encodeV2(undefined, undefined, [], { local: true }), 3), {
    version: 2,
    local: true,
    source: undefined,
    destination: undefined,
    tlvs: [],
  });
  assert.equal(decodeV1("PROXY UNKNOWN ffff:: ffff:: 1 2").source, undefined);
});

test("the TLV of TLS", () => {
  const ssl = {
    ssl: true,
    certOnConnection: true,
    certOnSession: false,
    verify: 10,
    tlvs: [{ type: tlvTypes.sslCn, value: Buffer.from("a.example") }],
  };
  assert.deepEqual(decodeSslTlv(encodeSslTlv(ssl)), ssl);
});

test("a head of an unknown address family says no addresses, whatever is in it", () => {
  const head = Buffer.from("0d0a0d0a000d0a515549540a21410004", "hex");
  const read = readCut(Buffer.concat([head, Buffer.from([1, 2, 3, 4])]), 18);
  assert.deepEqual(read, { version: 2, local: false, source: undefined, destination: undefined, tlvs: [] });
});

test("a checksum is computed as iSCSI's, and a wrong one refused", () => {
  assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
  const head = encodeV2(
    { host: "1.2.3.4", port: 5, family: 4 },
    { host: "5.6.7.8", port: 9, family: 4 },
    [],
    {
      crc32c: true,
    },
  );
  head[20] = (head[20] as number) ^ 1;
  assert.throws(() => new ProxyHeadReader().take(head), /checksum/);
});

test("what is no head is refused at its first wrong byte, and nothing crashes", () => {
  for (const text of [
    "GET / HTTP/1.1\r\n",
    "PROXZ",
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
    "PROXY TCP4 1.2.3.4 ::1 1 2\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
    "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
    "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
    `PROXY ${"x".repeat(120)}`,
    "\r\n\r\n\0\r\nQUIX",
  ])
    assert.throws(() => new ProxyHeadReader().take(Buffer.from(text, "latin1")), Error, text);
  const start = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
  fc.assert(
    fc.property(fc.boolean(), fc.uint8Array({ maxLength: 300 }), (signed, bytes) => {
      try {
        new ProxyHeadReader().take(signed ? Buffer.concat([start, bytes]) : bytes);
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError));
      }
    }),
  );
});
