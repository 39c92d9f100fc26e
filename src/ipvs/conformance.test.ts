import { test } from "node:test";
import { planeCases } from "../../test/support/plane-conformance.js";
import { MemoryPlane } from "./memory-plane.js";

for (const { about, run } of planeCases) test(`memory: ${about}`, () => run(new MemoryPlane()));
