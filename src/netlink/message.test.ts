import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RondoError } from "../errors.js";
import { IpAddress } from "../wire/address.js";
import { Attributes, BodyWriter } from "./attributes.js";
import { hostIsLittleEndian, MalformedMessageError } from "./malformed.js";
import { buildMessage, ControlType, MessageFlag, parseAcknowledgement, parseMessages } from "./message.js";

const little = { skip: hostIsLittleEndian ? false : "the expected bytes are those of a little-endian host" };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** Runs a parser on bytes that may be anything: it ends, and with a value or with the one error. */
function survives<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof MalformedMessageError) return undefined;
    throw error;
  }
}

test("a message is a header of 16 bytes, a structure and padded attributes", little, () => {
  const body = new BodyWriter()
    .structure(bytesOf("0200 0000"))
    .text(3, "lo")
    .u8(7, 1)
    .u16(8, 0x1234)
    .u32(9, 0x12345678)
    .flag(10)
    .nested(18, (inner) => inner.address(1, IpAddress.of("192.168.4.15")))
    .mac(2, "02:00:00:00:00:0A")
    .finish();
  const expected = [
    "02000000",
    "0700 0300 6c6f00 00",
    "0500 0700 01 000000",
    "0600 0800 3412 0000",
    "0800 0900 78563412",
    "0400 0a00",
    "0c00 1280 0800 0100 c0a8040f",
    "0a00 0200 02000000000a 0000",
  ];
  assert.equal(hex(body), expected.join("").replaceAll(" ", ""));
  assert.equal(
    hex(buildMessage({ type: 0x10, flags: 0x605, sequence: 7, body: bytesOf("0102") })),
    "12000000" + "1000" + "0506" + "07000000" + "00000000" + "01020000",
  );
});

test("what was written is read again", () => {
  const attribute = fc.record({
    type: fc.integer({ min: 0, max: 0x3fff }),
    value: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(attribute), fc.integer({ min: 0, max: 0xffff }), (list, type) => {
      const writer = new BodyWriter();
      for (const { type, value } of list) writer.bytes(type, value);
      const message = { type, flags: 5, sequence: 0xfffffffe, body: writer.finish() };
      const two = Buffer.concat([buildMessage(message), buildMessage(message)]);
      const read = parseMessages(two);
      assert.equal(read.length, 2);
      assert.deepEqual({ ...read[1], body: Uint8Array.from(read[1]!.body) }, { ...message, port: 0 });
      const attributes = Attributes.parse(read[1]!.body).all;
      assert.deepEqual(
        attributes.map(({ type, value }) => ({ type, value: Uint8Array.from(value) })),
        list.map(({ type, value }) => ({ type, value: Uint8Array.from(value) })),
      );
    }),
  );
});

test("any bytes give messages or a clear error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const message of survives(() => parseMessages(bytes)) ?? []) {
        survives(() => Attributes.parse(message.body));
        survives(() => parseAcknowledgement(message));
      }
      survives(() => Attributes.parse(bytes));
    }),
  );
});

test("truncated messages and lying lengths are refused where they lie", () => {
  const body = new BodyWriter()
    .structure(new Uint8Array(16))
    .text(3, "veth0")
    .nested(18, (inner) => inner.text(1, "veth").nested(2, (data) => data.u32(1, 5)))
    .finish();
  const datagram = buildMessage({ type: 16, flags: 0, sequence: 1, body });
  fc.assert(
    fc.property(
      fc.nat(datagram.length - 1),
      fc.nat(datagram.length - 1),
      fc.nat(255),
      (length, at, value) => {
        assert.throws(() => parseMessages(datagram.subarray(0, Math.max(length, 1))), MalformedMessageError);
        const changed = Uint8Array.from(datagram);
        changed[at] = value;
        survives(() => {
          for (const message of parseMessages(changed)) {
            const attributes = Attributes.parse(message.body.subarray(16));
            attributes.text(3);
            attributes.nested(18)?.nested(2)?.u32(1);
          }
        });
      },
    ),
  );
  assert.throws(
    () => Attributes.parse(bytesOf("0000 0000")),
    /says its length is 0, where 4 to 4 is possible/,
  );
  assert.throws(() => Attributes.parse(bytesOf("0400 0100 00")), /1 bytes are left at 4/);
  assert.throws(() => Attributes.parse(bytesOf("0500 0100 01 000000")).u32(1), /1 bytes instead of 4/);
});

test("values that do not fit are refused before they are sent", () => {
  assert.throws(() => new BodyWriter().u8(1, 256), RangeError);
  assert.throws(() => new BodyWriter().u32(1, -1), RangeError);
  assert.throws(() => new BodyWriter().u16(1, 1.5), RangeError);
  assert.throws(() => new BodyWriter().bytes(1, new Uint8Array(0xfffc)), RangeError);
  assert.throws(
    () => new BodyWriter().mac(1, "02:00:00:00:00"),
    (error) => {
      return error instanceof RondoError && error.code === "bad-mac-address";
    },
  );
});

test("an acknowledgement carries the errno and the kernel's sentence", () => {
  const status = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
  const request = buildMessage({ type: 16, flags: 5, sequence: 9, body: new Uint8Array(8) });
  const sentence = new BodyWriter().text(1, "Invalid prefix").u32(2, 20).finish();
  const received = (flags: number, ...parts: Uint8Array[]) =>
    parseAcknowledgement({
      type: ControlType.error,
      flags,
      sequence: 9,
      port: 0,
      body: Buffer.concat(parts),
    });

  assert.deepEqual(received(0, status(0), request.subarray(0, 16)), { errno: 0, kernelMessage: undefined });
  assert.deepEqual(received(0, status(-17), request), { errno: 17, kernelMessage: undefined });
  assert.deepEqual(received(MessageFlag.extended, status(-22), request, sentence), {
    errno: 22,
    kernelMessage: "Invalid prefix",
  });
  assert.deepEqual(
    received(MessageFlag.extended | MessageFlag.capped, status(-22), request.subarray(0, 16), sentence),
    { errno: 22, kernelMessage: "Invalid prefix" },
  );
  assert.throws(() => received(0, status(3)), MalformedMessageError);
  assert.throws(() => received(MessageFlag.extended, status(-22)), MalformedMessageError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(0xffff), fc.boolean(), (body, flags, done) => {
      const type = done ? ControlType.done : ControlType.error;
      survives(() => parseAcknowledgement({ type, flags, sequence: 0, port: 0, body }));
    }),
  );
});
