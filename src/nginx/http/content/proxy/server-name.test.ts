import assert from "node:assert/strict";
import { test } from "node:test";
import { serverNameOf } from "./server-name.js";

test("names are asked for without their ports, addresses not at all", () => {
  assert.equal(serverNameOf("app.example"), "app.example");
  assert.equal(serverNameOf("app.example:8443"), "app.example");
  for (const none of [undefined, "", "127.0.0.1", "127.0.0.1:443", "[::1]", "[::1]:443"])
    assert.equal(serverNameOf(none), undefined, none);
});
