import assert from "node:assert/strict";
import { test } from "node:test";
import { deepestChain } from "../../../test/support/stack-chains.js";
import { director } from "./director.js";
import { localAnswers } from "./local-answer.js";
import { merger, repointer } from "./merger.js";
import { mover } from "./mover.js";
import { sweeper } from "./sweeper.js";

/** Of 512 bytes: room for what is added later. */
const most = 448;

test("all chains of calls leave room on the stack, as Linux 6.1 counts", () => {
  const device = { mac: new Uint8Array(6), secrets: [1n, 3n, 5n] } as const;
  const one = { buckets: 16384 };
  const growing = { buckets: 65536, odd: true, former: 16384 };
  const programs = [one, growing].flatMap((shape) => [
    director({ ...device, ...shape, hook: "xdp", send: "redirect" }),
    director({ ...device, ...shape, hook: "tc", send: "redirect" }),
    localAnswers({ ...device, ...shape }),
    sweeper(shape, 256),
  ]);
  for (const hook of ["xdp", "tc"] as const)
    programs.push(director({ ...device, ...growing, hook, send: "redirect", traces: true }));
  const { secrets } = device;
  for (const program of [...programs, mover(growing, secrets), merger(growing), repointer(growing)]) {
    const { bytes, chain } = deepestChain(program.write());
    assert.ok(bytes <= most, `${bytes} bytes: ${chain}`);
  }
});
