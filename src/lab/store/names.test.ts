import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { namesOf } from "./names.js";
import { Refusal } from "./refusal.js";

test("a path's names", () => {
  assert.deepEqual(namesOf("/"), { names: [], folder: true });
  assert.deepEqual(namesOf("/a%20b/c.txt"), { names: ["a b", "c.txt"], folder: false });
  assert.deepEqual(namesOf("/a/..b/"), { names: ["a", "..b"], folder: true });
});

test("what could lead elsewhere is no name", () => {
  for (const path of [
    "",
    "a",
    "//",
    "/a//b",
    "/.",
    "/..",
    "/a/../b",
    "/%2e%2e/a",
    "/..%2f..%2fetc/passwd",
    "/a%2fb",
    "/a%00b",
    "/%zz",
    "/%ff",
    `/${"x".repeat(256)}`,
    `/${"%C3%A4".repeat(128)}`,
    "/a".repeat(17),
  ])
    assert.throws(
      () => namesOf(path),
      (error) => error instanceof Refusal && error.status === 400,
      path,
    );
});

const root = "/srv/store";
/** Pieces that attacks are made of, among others. */
const piece = fc.oneof(
  fc.constantFrom("/", ".", "..", "%2e", "%2E%2e", "%2f", "%5c", "\\", "%00", "\0", "%25", "%252e", "a", "%"),
  fc.string({ unit: "binary", maxLength: 4 }),
);

test("whatever is asked for lies below the folder, or is refused", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      let names: string[];
      try {
        ({ names } = namesOf(`/${pieces.join("")}`));
      } catch (error) {
        assert.ok(error instanceof Refusal && error.status === 400);
        return;
      }
      const place = resolve(root, ...names);
      assert.equal(place, [root, ...names].join("/"));
      assert.ok(names.every((name) => name !== "" && !/[/\0]/.test(name)));
    }),
    { numRuns: 2000 },
  );
});

test("every name that a file may have can be said", () => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== ".." && Buffer.byteLength(text) < 256);
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 16 }), fc.boolean(), (names, folder) => {
      const path = `/${names.map(encodeURIComponent).join("/")}${folder ? "/" : ""}`;
      assert.deepEqual(namesOf(path), { names, folder });
    }),
  );
});
