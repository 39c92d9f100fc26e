import { test } from "node:test";
import { planeCases } from "../support/plane-conformance.js";
import { directorPlace } from "./director-place.js";

// The same cases as in src/ipvs/conformance.test.ts and, for the kernel's IPVS, in test/oracle/ipvs.test.ts.

test("our packet program's plane does what every data plane does", async (t) => {
  const place = directorPlace(t);
  if (!place) return;
  for (const { about, run } of planeCases)
    await t.test(about, () => {
      place.configure((plane) => {
        plane.flush();
        run(plane);
      });
    });
});
