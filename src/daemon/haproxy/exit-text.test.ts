import assert from "node:assert/strict";
import { test } from "node:test";
import { exitText } from "./exit-text.js";

test("how a child ended is told by its kind, its place and its status", () => {
  const worker = { kind: "worker", pid: 7, name: "", leaving: false } as const;
  assert.equal(exitText(worker, 0), "Current worker (7) exited with code 0 (Exit)");
  assert.equal(exitText(worker, 137), "Current worker (7) exited with code 137 (Killed)");
  assert.equal(
    exitText({ ...worker, leaving: true }, 143),
    "Former worker (7) exited with code 143 (Terminated)",
  );
  assert.equal(
    exitText({ kind: "program", pid: 8, name: "echo", leaving: false }, 192),
    "Current program 'echo' (8) exited with code 192 (Unknown signal 64)",
  );
});
