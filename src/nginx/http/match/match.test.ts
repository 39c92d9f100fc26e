import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LocationMatch, ServerName } from "../../../config/nginx/model/index.js";
import { LocationTree } from "./location-tree.js";
import { hostOf, ServerNames } from "./server-names.js";

const place = { file: "", line: 1, column: 1 };

test("a location: exact, then the longest prefix, then expressions in their order", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^\/[ab/]{0,4}$/), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(names, fc.stringMatching(/^\/[abc/]{0,5}$/), fc.boolean(), (prefixes, path, noRegex) => {
      const tree = new LocationTree<string, undefined>();
      for (const name of prefixes)
        tree.add({ kind: "prefix", name, noRegex, ignoreCase: false }, `prefix ${name}`, {});
      const regex: LocationMatch = { kind: "regex", name: "c", noRegex: false, ignoreCase: false };
      tree.add(regex, "regex", { test: (each) => each.includes("c") });
      const longest = prefixes
        .filter((name) => path.startsWith(name))
        .sort((one, other) => other.length - one.length)[0];
      const isRegex = path.includes("c") && !(noRegex && longest !== undefined);
      const expected = isRegex ? "regex" : longest === undefined ? undefined : `prefix ${longest}`;
      assert.equal(tree.find(path, undefined)?.value, expected);
    }),
  );
});

test("a slash that is missing leads to where requests are passed on, unless there is a location without it", () => {
  const tree = new LocationTree<string, undefined>();
  const prefix = (name: string): LocationMatch => ({
    kind: "prefix",
    name,
    noRegex: false,
    ignoreCase: false,
  });
  assert.ok(tree.add(prefix("/app/"), "app", { redirects: true }));
  assert.ok(tree.add(prefix("/own/"), "own", { redirects: true }));
  assert.ok(tree.add(prefix("/own"), "without", {}));
  assert.ok(!tree.add(prefix("/app/"), "again", {}));
  assert.deepEqual(tree.find("/app", undefined), { kind: "slash", value: "app", isFinal: true });
  assert.equal(tree.find("/own", undefined)?.value, "without");
  assert.equal(tree.find("/apple", undefined), undefined);
});

test("a server's name: exact, the longest wildcard at the front, then at the end, then expressions", () => {
  const names = new ServerNames<string, undefined>("none");
  const name = (text: string): ServerName => ({
    kind: text.includes("*") || text.startsWith(".") ? "wildcard" : "exact",
    name: text,
    place,
  });
  for (const text of ["a.example", "*.example", "*.deep.example", "www.*", "www.a.*", ".both.org"])
    assert.ok(names.add(name(text), text), text);
  names.add({ kind: "regex", name: "x", place }, "regex", (host) => host.startsWith("x"));
  assert.ok(!names.add(name("a.example"), "other"));
  for (const [host, server] of [
    ["a.example", "a.example"],
    ["b.example", "*.example"],
    ["b.deep.example", "*.deep.example"],
    ["example", "none"],
    ["www.a.com", "www.a.*"],
    ["www.b.com", "www.*"],
    ["both.org", ".both.org"],
    ["z.both.org", ".both.org"],
    ["x.net", "regex"],
    ["", "none"],
  ] as const)
    assert.equal(names.find(host, undefined), server, host);
});

test("hosts", () => {
  assert.equal(hostOf("A.Example:80"), "a.example");
  assert.equal(hostOf("a.example."), "a.example");
  assert.equal(hostOf("[::1]:8080"), "[::1]");
  for (const wrong of ["a..b", "a/b", "[::1", ":80", "a\0b", "."])
    assert.equal(hostOf(wrong), undefined, wrong);
  fc.assert(fc.property(fc.string(), (text) => void hostOf(text)));
});
