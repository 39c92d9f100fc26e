import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DelayLine } from "./delay-line.js";

const frame = (n: number) => Uint8Array.of(n & 0xff, n >> 8);
const number = (bytes: Uint8Array) => bytes[0]! | (bytes[1]! << 8);

test("each frame leaves when its time has come, and not before", () => {
  const line = new DelayLine({ delay: 50, jitter: 0 }, 10, Math.random);
  line.push(frame(1), 100);
  line.push(frame(2), 130);
  assert.equal(line.next, 150);
  assert.equal(line.take(149.9), undefined);
  assert.equal(number(line.take(150)!), 1);
  assert.equal(line.take(150), undefined);
  assert.equal(number(line.take(200)!), 2);
  assert.equal(line.next, undefined);
  assert.deepEqual([line.left, line.waiting, line.overflowed], [2, 0, 0]);
});

test("what there is no room for is dropped and counted", () => {
  const line = new DelayLine({ delay: 10, jitter: 0 }, 2, Math.random);
  assert.deepEqual(
    [1, 2, 3].map((n) => line.push(frame(n), 0)),
    [true, true, false],
  );
  assert.equal(line.overflowed, 1);
  line.take(10);
  assert.equal(line.push(frame(4), 10), true);
});

test("with any jitter, and a delay that changes, the order is kept and nobody is too early or too late", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ gap: fc.nat(20), chance: fc.double({ min: 0, max: 1, noNaN: true }) }), {
        minLength: 1,
        maxLength: 3000,
      }),
      fc.nat(40),
      (frames, jitter) => {
        let chance = 0;
        const line = new DelayLine({ delay: 40, jitter }, 10_000, () => chance);
        const sent: number[] = [];
        let now = 0;
        const out: number[] = [];
        const takeAll = () => {
          for (let each = line.take(now); each; each = line.take(now)) {
            const n = number(each);
            assert.ok(now - sent[n]! >= 40 - jitter - 1e-9);
            out.push(n);
          }
        };
        for (const [n, { gap, chance: next }] of frames.entries()) {
          now += gap;
          chance = next;
          takeAll();
          sent.push(now);
          line.push(frame(n), now);
          assert.ok(line.next! <= now + 40 + jitter);
        }
        line.change({ delay: 0, jitter: 0 });
        sent.push(now);
        line.push(frame(frames.length), now);
        now += 40 + jitter;
        takeAll();
        assert.deepEqual(out, [...sent.keys()]);
      },
    ),
    { numRuns: 50 },
  );
});
