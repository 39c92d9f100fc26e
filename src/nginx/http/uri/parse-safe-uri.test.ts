import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSafeUri } from "./parse-safe-uri.js";

test("a path is decoded, and its arguments stay as they are", () => {
  assert.deepEqual(parseSafeUri("/foo%20bar?a=%20b?c"), { uri: "/foo bar", args: "a=%20b?c" });
  assert.deepEqual(parseSafeUri("/a..b/.../c"), { uri: "/a..b/.../c", args: "" });
});

test("a path that leads upwards, plainly or quoted, is refused", () => {
  for (const path of ["..", "../a", "/a/..", "/a/../b", "/a/.%2e", "/a%2f..", "/a/..?b", "", "?a", "/a%00"])
    assert.equal(parseSafeUri(path), undefined, path);
});
