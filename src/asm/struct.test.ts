import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { array, be16, be32, bytes, type FieldType, struct, timer, u8, u16, u32, u64 } from "./index.js";

const Inner = struct("Inner", { a: u8, b: be16 });
const All = struct("All", {
  a: u8,
  b: u16,
  c: u8,
  d: u32,
  e: u8,
  f: u64,
  port: be16,
  address: be32,
  mac: bytes(6, 2),
  inner: Inner,
  many: array(Inner, 3),
  numbers: array(u64, 2),
});

test("fields lie where C puts them", () => {
  const places = [...All.fields].map(([name, { offset, type }]) => [name, offset, type.size]);
  assert.deepEqual(places, [
    ["a", 0, 1],
    ["b", 2, 2],
    ["c", 4, 1],
    ["d", 8, 4],
    ["e", 12, 1],
    ["f", 16, 8],
    ["port", 24, 2],
    ["address", 28, 4],
    ["mac", 32, 6],
    ["inner", 38, 4],
    ["many", 42, 12],
    ["numbers", 56, 16],
  ]);
  assert.deepEqual([All.size, All.align, All.offsetOf("f")], [72, 8, 16]);
  assert.deepEqual([Inner.size, Inner.align], [4, 2]);
  assert.equal(struct("Line", { a: u8 }, { size: 64 }).size, 64);
  assert.throws(() => struct("Small", { a: u64 }, { size: 4 }), /needs 8 bytes, more than 4/);
});

/** Values that a field can hold. */
function valuesFor({ form, size }: FieldType): fc.Arbitrary<unknown> {
  switch (form.kind) {
    case "scalar":
      return form.bits === 64 ? fc.bigInt(0n, 2n ** 64n - 1n) : fc.nat(2 ** form.bits - 1);
    case "bytes":
      return fc.uint8Array({ minLength: size, maxLength: size });
    case "array":
      return fc.array(valuesFor(form.element), { minLength: form.count, maxLength: form.count });
    case "struct":
      return fc.record(
        Object.fromEntries([...form.struct.fields].map(([name, { type }]) => [name, valuesFor(type)])),
      );
    case "opaque":
      throw new Error("nothing to hold");
  }
}
/** Views as plain values. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const fields = "toJSON" in value ? (value as { toJSON(): object }).toJSON() : value;
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, plain(field)]));
};

test("any values come back from their bytes, field by field", () => {
  const scalar = fc.constantFrom<FieldType[]>(
    u8,
    u16,
    u32,
    u64,
    be16,
    be32,
    bytes(3),
    bytes(6, 2),
    Inner,
    array(u16, 3),
    array(Inner, 2),
  );
  const shape = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), scalar, { minKeys: 1, maxKeys: 8 });
  const withValues = shape.chain((fields) => {
    const declared = struct("Random", fields);
    return fc.tuple(fc.constant(declared), valuesFor(declared), fc.nat(16));
  });
  fc.assert(
    fc.property(withValues, ([declared, values, offset]) => {
      const encoded = declared.encode(values as never);
      assert.equal(encoded.length, declared.size);
      // The same somewhere within memory, read and written one by one.
      const memory = new Uint8Array(offset + declared.size + 8).fill(0xaa);
      memory.fill(0, offset, offset + declared.size);
      const view = declared.over(memory, offset) as Record<string, unknown>;
      for (const [name, value] of Object.entries(values as object)) {
        if (declared.fields.get(name)!.type.form.kind === "struct")
          Object.assign(view[name] as object, value);
        else if (declared.fields.get(name)!.type.form.kind !== "array") view[name] = value;
        else (declared.over(memory, offset) as Record<string, unknown>)[name] = value;
      }
      assert.deepEqual(memory.subarray(offset, offset + declared.size), encoded);
      assert.ok(
        memory.subarray(0, offset).every((byte) => byte === 0xaa),
        "before it",
      );
      assert.ok(
        memory.subarray(offset + declared.size).every((byte) => byte === 0xaa),
        "behind it",
      );
      assert.deepEqual(plain(declared.over(encoded)), plain(values));
    }),
  );
});

test("network order is the packet's, everything else the machine's", () => {
  const encoded = All.encode({ b: 0x0102, port: 0x0102, address: 0x0a000001, f: 1n });
  assert.deepEqual([...encoded.subarray(2, 4)], [2, 1]);
  assert.deepEqual([...encoded.subarray(24, 26)], [1, 2]);
  assert.deepEqual([...encoded.subarray(28, 32)], [10, 0, 0, 1]);
  assert.deepEqual([...encoded.subarray(16, 24)], [1, 0, 0, 0, 0, 0, 0, 0]);
});

test("what does not belong is refused", () => {
  assert.throws(() => All.encode({ wrong: 1 } as never), /struct All has no field wrong/);
  assert.throws(() => All.encode({ mac: new Uint8Array(5) }), /takes 6 bytes/);
  const Clock = struct("Clock", { timer });
  assert.throws(() => Clock.encode({ timer: 1 as never }), /belongs to the kernel/);
  const Named = struct("Named", { base: u32 });
  assert.equal(Named.encode({ base: 3 })[0], 3);
});
