import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clients, gate } from "../../test/support/gate.js";
import { interpret } from "../../test/support/interpreter.js";

const root = new URL(import.meta.url).pathname.replace(/(dist\/)?src\/asm\/readme\.test\.[jt]s$/, "");

/** An Ethernet frame with an IPv4 packet of 50 bytes. */
function frame({ type = 0x0800, protocol = 17, source = [10, 0, 0, 1], length = 64 } = {}): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, type >> 8, type & 255, 0x45]);
  bytes.set([protocol], 23);
  bytes.set(source, 26);
  return bytes;
}

const [pass, drop] = [2n, 1n];
const cases: [string, Uint8Array, bigint, { packets: bigint; bytes: bigint }][] = [
  ["UDP of a client that is known", frame(), pass, { packets: 1n, bytes: 64n }],
  ["UDP of another", frame({ source: [10, 0, 0, 2] }), drop, { packets: 0n, bytes: 0n }],
  ["TCP of anybody", frame({ protocol: 6, source: [10, 0, 0, 2] }), pass, { packets: 0n, bytes: 0n }],
  ["IPv6", frame({ type: 0x86dd }), pass, { packets: 0n, bytes: 0n }],
  ["too short for IPv4", frame().subarray(0, 33), pass, { packets: 0n, bytes: 0n }],
];

for (const [name, packet, verdict, counted] of cases)
  test(`the README's program: ${name}`, () => {
    const value = clients.value.encode({});
    const hashes = new Map([[clients, new Map([["0a000001", value]])]]);
    const got = interpret(gate.write(), { packet: Uint8Array.from(packet), maps: new Map(), hashes });
    assert.equal(got, verdict);
    const { packets, bytes } = clients.value.over(value);
    assert.deepEqual({ packets, bytes }, counted);
  });

test("the README shows the program that these cases run", () => {
  const program = readFileSync(`${root}test/support/gate.ts`, "utf8").replace(
    "../../src/asm/index.js",
    "rondo/asm",
  );
  const blocks = [...readFileSync(`${root}src/asm/README.md`, "utf8").matchAll(/```ts\n([\s\S]*?)```/g)];
  const words = (text: string) => text.replace(/,(\s*[}\])])/g, "$1").replace(/\s+/g, " ");
  assert.equal(words(blocks[0]![1]!), words(program));
});
