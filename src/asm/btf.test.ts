import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  be16,
  bytes,
  HashMap,
  holdsTimer,
  LookupArray,
  mapBtf,
  RingBuffer,
  struct,
  timer,
  u8,
  u32,
  u64,
} from "./index.js";

/** Reads BTF back as Documentation/bpf/btf.rst tells it. */
function parse(
  btf: Uint8Array,
): Map<number, { kind: number; name: string; sizeOrType: number; more: unknown[] }> {
  const view = new DataView(btf.buffer, btf.byteOffset, btf.byteLength);
  const word = (at: number) => view.getUint32(at, true);
  assert.equal(view.getUint16(0, true), 0xeb9f);
  assert.equal(view.getUint8(2), 1);
  const [header, typesAt, typesLength, namesAt, namesLength] = [4, 8, 12, 16, 20].map(word) as number[];
  assert.equal(header! + namesAt! + namesLength!, btf.length);
  assert.equal(btf[header! + namesAt!], 0, "the first name is empty");
  const name = (offset: number) => {
    const start = header! + namesAt! + offset;
    return Buffer.from(btf.subarray(start, btf.indexOf(0, start))).toString();
  };
  const types = new Map<number, { kind: number; name: string; sizeOrType: number; more: unknown[] }>();
  let at = header! + typesAt!;
  for (let number = 1; at < header! + typesAt! + typesLength!; number++) {
    const info = word(at + 4);
    const kind = (info >>> 24) & 31;
    const members = info & 0xffff;
    const more: unknown[] = [];
    const own = { kind, name: name(word(at)), sizeOrType: word(at + 8), more };
    at += 12;
    if (kind === 1) {
      more.push(word(at));
      at += 4;
    }
    if (kind === 3) {
      more.push(word(at), word(at + 4), word(at + 8));
      at += 12;
    }
    if (kind === 4)
      for (let i = 0; i < members; i++, at += 12) more.push([name(word(at)), word(at + 4), word(at + 8)]);
    types.set(number, own);
  }
  return types;
}

test("a map's value is described down to its integers", () => {
  const Point = struct("Point", { x: u8, port: be16 });
  const Value = struct("Value", { clock: timer, points: array(Point, 3), mac: bytes(6), sum: u64 });
  const map = new LookupArray("clocks", Value, 4);
  const { bytes: btf, keyType, valueType } = mapBtf(map);
  const types = parse(btf);
  assert.deepEqual(types.get(keyType), { kind: 1, name: "u32", sizeOrType: 4, more: [32] });
  const value = types.get(valueType)!;
  assert.deepEqual([value.kind, value.name, value.sizeOrType], [4, "Value", Value.size]);
  const members = value.more as [string, number, number][];
  assert.deepEqual(
    members.map(([name, , offset]) => [name, offset]),
    [...Value.fields].map(([name, { offset }]) => [name, offset * 8]),
  );
  const member = (name: string) => types.get(members.find(([own]) => own === name)![1])!;
  const clock = member("clock");
  assert.deepEqual([clock.kind, clock.name, clock.sizeOrType], [4, "bpf_timer", 16]);
  const [opaque, words] = clock.more[0] as [string, number];
  assert.equal(opaque, "__opaque");
  const [element, , count] = types.get(words)!.more as number[];
  assert.deepEqual([types.get(element!)!.name, count], ["u64", 2]);
  const [point, , points] = member("points").more as number[];
  assert.deepEqual([types.get(point!)!.name, points], ["Point", 3]);
  assert.deepEqual((member("mac").more as number[])[2], 6);
  assert.equal(
    [...types.values()].filter(({ kind, name }) => kind === 1 && name === "u8").length,
    1,
    "each once",
  );
});

test("only values with a timer say so, and what has no values has no types", () => {
  const Plain = struct("Plain", { a: u32 });
  const Deep = struct("Deep", { many: array(struct("One", { clock: timer }), 2) });
  assert.equal(holdsTimer(new LookupArray("a", Plain, 1)), false);
  assert.equal(holdsTimer(new HashMap("b", Plain, Deep, 1)), true);
  assert.throws(() => mapBtf(new RingBuffer("c", 4096)), /c: a ring_buffer has no types/);
});
