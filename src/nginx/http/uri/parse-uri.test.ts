import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseUri } from "./parse-uri.js";

test("paths are decoded, and resolved within the root", () => {
  for (const [target, uri, args] of [
    ["/", "/", undefined],
    ["/a/b.c?x=%20", "/a/b.c", "x=%20"],
    ["/a//b/./c/../d", "/a/b/d", undefined],
    ["/a%2fb%2F..%2fc", "/a/c", undefined],
    ["/%41%3f?", "/A?", ""],
    ["/x#y?z", "/x", undefined],
    ["/a/b/..", "/a/", undefined],
    ["/...", "/...", undefined],
  ] as const)
    assert.deepEqual(parseUri(target, true), { uri, args }, target);
  assert.equal(parseUri("/a//b", false)?.uri, "/a//b");
  for (const wrong of ["/%", "/%4", "/%zz", "/%00", "/..", "/a/../../b", "/%2e%2e/x"])
    assert.equal(parseUri(wrong, true), undefined, wrong);
});

test("whatever comes: nothing leads out of the root, and what came out stays as it is", () => {
  const part = fc.constantFrom("/", ".", "..", "a", "%2e", "%2f", "%41", "?", "#", "//", "%", "b.c");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.boolean(), (parts, merge) => {
      const parsed = parseUri(`/${parts.join("")}`, merge);
      if (parsed === undefined) return;
      assert.ok(parsed.uri.startsWith("/"));
      const segments = parsed.uri.split("/");
      assert.ok(!segments.includes("..") && !segments.includes("."), parsed.uri);
      if (!/[%?#]/.test(parsed.uri)) assert.equal(parseUri(parsed.uri, merge)?.uri, parsed.uri);
    }),
  );
});
