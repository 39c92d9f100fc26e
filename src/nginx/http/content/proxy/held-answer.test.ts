import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { HeldAnswer } from "./held-answer.js";

/** A client that takes so many bytes whenever it is told to. */
class SlowClient {
  taken = "";
  ended = false;
  room = 0;
  onDrain: () => void = () => {};

  write(bytes: Uint8Array): boolean {
    this.taken += Buffer.from(bytes).toString("latin1");
    this.room -= bytes.length;
    return this.room > 0;
  }

  end(): void {
    this.ended = true;
  }

  take(bytes: number): void {
    this.room = bytes;
    this.onDrain();
  }
}

const folder = mkdtempSync(join(tmpdir(), "rondo-held-"));
test.after(() => rmSync(folder, { recursive: true }));

const step = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), size: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant("take" as const), size: fc.integer({ min: 1, max: 600 }) }),
);

test("whatever is written comes out in its order, however memory and file are bounded", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(0, 100, 1000),
      fc.constantFrom(0, 200, 5000, -1),
      (steps, memory, file) => {
        const client = new SlowClient();
        const where = file < 0 ? join(folder, "missing") : folder;
        const failures: string[] = [];
        const held = new HeldAnswer(
          client,
          { memory, file: Math.abs(file) * 1000, folder: where },
          (message) => failures.push(message),
        );
        let told = true;
        held.onDrain = () => {
          told = true;
        };
        let wanted = "";
        for (const [number, { kind, size }] of steps.entries())
          if (kind === "take") client.take(size);
          else if (told) {
            const text = String.fromCharCode(97 + (number % 26)).repeat(size);
            wanted += text;
            told = held.write(Buffer.from(text));
          }
        held.end();
        for (let i = 0; i < 1000 && !client.ended; i++) client.take(1000);
        assert.equal(client.taken, wanted);
        assert.equal(client.ended, true);
        assert.ok(failures.length <= 1);
      },
    ),
  );
  assert.deepEqual(readdirSync(folder), []);
});

test("it says when there is no room, and when there is again", () => {
  const client = new SlowClient();
  const held = new HeldAnswer(client, { memory: 10, file: 100, folder }, assert.fail);
  let drained = 0;
  held.onDrain = () => drained++;
  assert.deepEqual(
    [8, 60, 60].map((size) => held.write(Buffer.alloc(size, "x"))),
    [true, true, false],
  );
  client.take(8);
  assert.equal(drained, 0);
  client.take(1000);
  assert.equal(drained, 1);
  assert.equal(client.taken.length, 128);
  held.close();
  assert.equal(held.write(Buffer.alloc(5)), true);
});
