import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf } from "../../../test/support/doctor-hosts.js";
import { clocks } from "./clocks.js";

test("clocks that differ by more than a second", () => {
  const asked = (milliseconds: number) =>
    codesOf(
      clocks,
      changed(cluster("masq"), "director", () => ({ clocks: [{ address: "192.168.2.100", milliseconds }] })),
    );
  assert.deepEqual(asked(900), []);
  assert.deepEqual(asked(-61_000), ["director clock"]);
});
