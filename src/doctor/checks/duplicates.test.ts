import assert from "node:assert/strict";
import { test } from "node:test";
import { cluster, codesOf, host } from "../../../test/support/doctor-hosts.js";
import { duplicates } from "./duplicates.js";

test("two hosts with one real server's address; a VIP is on many", () => {
  const hosts = Object.values(cluster("droute"));
  assert.deepEqual(codesOf(duplicates, hosts), []);
  assert.deepEqual(codesOf(duplicates, [...hosts, host("web3", "192.168.4.100")]), [
    "web3 address-duplicate",
  ]);
});
