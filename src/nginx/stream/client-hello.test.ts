import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { readClientHello } from "./client-hello.js";

const number = (value: number, size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
};
const part = (size: number, ...pieces: Buffer[]): Buffer => {
  const all = Buffer.concat(pieces);
  return Buffer.concat([number(all.length, size), all]);
};
const extension = (type: number, ...pieces: Buffer[]) => Buffer.concat([number(type, 2), part(2, ...pieces)]);

interface Offer {
  readonly name?: string;
  readonly alpn?: readonly string[];
  readonly newest?: boolean;
}

/** A ClientHello's message. */
function message({ name, alpn, newest }: Offer): Buffer {
  const extensions = [
    extension(10, number(0x001d, 2)),
    ...(name === undefined
      ? []
      : [extension(0, part(2, number(0, 1), part(2, Buffer.from(name, "latin1"))))]),
    ...(alpn === undefined
      ? []
      : [extension(16, part(2, ...alpn.map((each) => part(1, Buffer.from(each)))))]),
    ...(newest ? [extension(43, part(1, number(0x0304, 2), number(0x0303, 2)))] : []),
  ];
  const body = Buffer.concat([
    number(0x0303, 2),
    Buffer.alloc(32, 7),
    part(1, Buffer.alloc(32, 9)),
    part(2, number(0x1301, 2)),
    part(1, number(0, 1)),
    part(2, ...extensions),
  ]);
  return Buffer.concat([number(1, 1), part(3, body)]);
}

/** As records of so many bytes at most. */
function records(bytes: Buffer, most: number): Buffer {
  const all: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += most)
    all.push(Buffer.from([0x16, 3, 1]), part(2, bytes.subarray(at, at + most)));
  return Buffer.concat(all);
}

const offers = fc.record(
  {
    name: fc.stringMatching(/^[a-z0-9.-]{1,60}$/),
    alpn: fc.array(fc.stringMatching(/^[a-z0-9/.]{1,12}$/), { minLength: 1, maxLength: 4 }),
    newest: fc.boolean(),
  },
  { requiredKeys: [] },
);

describe("a ClientHello", () => {
  test("is read whole, in records of any size, and wants more until then", () => {
    fc.assert(
      fc.property(offers, fc.integer({ min: 1, max: 400 }), fc.nat(), (offer, most, cut) => {
        const bytes = records(message(offer), most);
        const expected = {
          protocol: offer.newest ? "TLSv1.3" : "TLSv1.2",
          serverName: offer.name ?? "",
          alpn: (offer.alpn ?? []).join(","),
        };
        assert.deepEqual(readClientHello(bytes), expected);
        assert.deepEqual(readClientHello(Buffer.concat([bytes, Buffer.from([1, 2, 3, 4, 5, 6])])), expected);
        assert.equal(readClientHello(bytes.subarray(0, cut % bytes.length)), "more");
      }),
    );
  });

  test("that is damaged is told to be none, or something is read of it", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(offers, damage, (offer, changes) => {
        const bytes = Buffer.from(records(message(offer), 1000));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const read = readClientHello(bytes);
        assert.ok(read === "none" || read === "more" || typeof read.serverName === "string");
      }),
      { numRuns: 500 },
    );
  });

  test("of any bytes never fails", () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, fc.boolean(), (random, headed) => {
        const all = headed ? records(Buffer.concat([Buffer.from([1]), random]), 1000) : Buffer.from(random);
        assert.notEqual(readClientHello(all), undefined);
      }),
      { numRuns: 500 },
    );
  });

  test("of another protocol is none; of version 2 its version is told", () => {
    assert.equal(readClientHello(Buffer.from("GET / HTTP/1.1\r\n")), "none");
    assert.equal(readClientHello(Buffer.from([0x16, 2, 1, 0, 1, 1])), "none");
    const old = readClientHello(Buffer.from([0x80, 0x2e, 1, 3, 1, 0, 0]));
    assert.deepEqual(old, { protocol: "TLSv1", serverName: "", alpn: "" });
  });
});
