import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../script/compile.js";
import { murmur2 } from "./murmur2.js";
import { Registry } from "./registry.js";
import { defineSplitClients } from "./split-clients.js";
import type { Subject } from "./subject.js";

const place = { file: "nginx.conf", line: 3, column: 7 };

function split(parts: readonly (readonly [number | undefined, string])[]) {
  const registry = new Registry<Subject & { readonly key: string }>();
  registry.define("key", (subject) => subject.key);
  const model = { source: { text: "$key", place }, variable: "part" };
  defineSplitClients({ ...model, parts: parts.map(([share, value]) => ({ share, value })) }, registry);
  const text = compile({ text: "$part", place }, registry);
  assert.deepEqual(registry.seal(), []);
  return (key: string) => text.value({ known: [], captured: undefined, key });
}

test("MurmurHash2 has its known values", () => {
  for (const [text, hash] of [
    ["", 0x00000000],
    ["a", 0x92685f5e],
    ["ab", 0x1aa14063],
    ["abc", 0x13577c9b],
    ["abcd", 0x26873021],
    ["192.168.4.15", 0x3e053940],
    ["\xff\x80\xfe\x90\xe1", 0x69e270a0],
  ] as const)
    assert.equal(murmur2(text), hash, text);
});

test("shares are those of the hash's values; what is left belongs to none", () => {
  const value = split([
    [2500, "quarter"],
    [1, "few"],
    [undefined, "rest"],
  ]);
  const count: Record<string, number> = {};
  for (let i = 0; i < 20_000; i++) count[value(`key ${i}`)] = (count[value(`key ${i}`)] ?? 0) + 1;
  assert.ok(count["quarter"]! > 4700 && count["quarter"]! < 5300);
  assert.ok(count["rest"]! > 14_500);
  const half = split([[5000, "half"]]);
  assert.deepEqual(new Set(Array.from({ length: 100 }, (_, i) => half(String(i)))), new Set(["half", ""]));
});

test("parts that are more than the whole are refused", () => {
  const error = { message: "percent total is greater than 100%", about: { place } };
  const more = [
    [5000, "a"],
    [5001, "b"],
  ] as const;
  assert.throws(() => split(more), error);
  assert.throws(() => split([[undefined, "a"] as const, [1, "b"] as const]), error);
});
