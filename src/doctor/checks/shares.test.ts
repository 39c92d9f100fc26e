import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, realServer } from "../../../test/support/doctor-hosts.js";
import { shares } from "./shares.js";

const shared = (persistent: boolean, ...connections: number[]) =>
  codesOf(
    shares,
    changed(cluster("droute"), "director", ({ services }) => ({
      services: services.map((service) => ({
        ...service,
        persistent,
        servers: connections.map((count, index) =>
          realServer(`192.168.4.10${index}`, "droute", { connections: count }),
        ),
      })),
    })),
  );

test("shares that are far from what weights want, of enough connections", () => {
  assert.deepEqual(shared(true, 100, 110), []);
  assert.deepEqual(shared(true, 195, 5), ["director shares-far"]);
  assert.deepEqual(shared(true, 19, 1), []);
  assert.deepEqual(shared(false, 10, 10, 180), ["director shares-far"]);
  assert.deepEqual(shared(false, 1000), []);
});
