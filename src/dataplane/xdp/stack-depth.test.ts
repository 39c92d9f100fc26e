import assert from "node:assert/strict";
import { test } from "node:test";
import { deepestChain } from "../../../test/support/stack-chains.js";
import { director } from "./director.js";
import { localAnswers } from "./local-answer.js";
import { sweeper } from "./sweeper.js";

/** Of 512 bytes: room for what is added later. */
const most = 448;

test("all chains of calls leave room on the stack, as Linux 6.1 counts", () => {
  const table = { mac: new Uint8Array(6), buckets: 16384, secrets: [1n, 3n, 5n] } as const;
  const programs = [
    director({ ...table, hook: "xdp", send: "redirect" }),
    director({ ...table, hook: "tc", send: "redirect" }),
    localAnswers(table),
    sweeper(table.buckets, 256),
  ];
  for (const program of programs) {
    const { bytes, chain } = deepestChain(program.write());
    assert.ok(bytes <= most, `${bytes} bytes: ${chain}`);
  }
});
