import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileRegex } from "../../regex/index.js";
import { mapListValues } from "./header-list.js";
import { normalizeUri } from "./normalize-uri.js";
import { replaced } from "./replace.js";
import {
  authorityOf,
  pathAndQuery,
  pathOnly,
  replaceAuthority,
  replacePath,
  replaceQuery,
  withoutDefaultPort,
} from "./uri.js";

test("parts of a target are found, and replaced", () => {
  assert.equal(pathAndQuery("/a?b"), "/a?b");
  assert.equal(pathOnly("/a?b"), "/a");
  assert.equal(pathAndQuery("http://h:1/a?b"), "/a?b");
  assert.equal(pathAndQuery("http://h"), undefined);
  assert.equal(pathAndQuery("*"), undefined);
  assert.equal(pathAndQuery("h:443"), undefined);
  assert.equal(authorityOf("http://user@h:1/a"), "h:1");
  assert.equal(authorityOf("h:443"), "h:443");
  assert.equal(authorityOf("/a"), undefined);
  assert.equal(replacePath("http://h/a?b", "/c", false), "http://h/c?b");
  assert.equal(replacePath("/a?b", "/c?d", true), "/c?d");
  assert.equal(replaceQuery("/a?b", "c"), "/a?c");
  assert.equal(replaceQuery("/a", ""), "/a");
  assert.equal(replaceQuery("/a", "c"), "/a?c");
  assert.equal(replaceAuthority("http://u@h/a", "g:2"), "http://u@g:2/a");
  assert.equal(replaceAuthority("/a", "g"), "/a");
  assert.deepEqual(withoutDefaultPort("http://h:80/a"), { target: "http://h/a", host: "h" });
  assert.equal(withoutDefaultPort("https://h:80/a"), undefined);
  assert.equal(withoutDefaultPort("/a:80"), undefined);
});

test("normalizers do as HAProxy's", () => {
  const cases: [string, string, string | undefined, string | undefined][] = [
    ["path-merge-slashes", "//a///b?c//d", undefined, "/a/b?c//d"],
    ["path-strip-dot", "/a/./b/.", undefined, "/a/b/"],
    ["path-strip-dotdot", "/a/b/../c", undefined, "/a/c"],
    ["path-strip-dotdot", "/../a", undefined, "/../a"],
    ["path-strip-dotdot", "/../a", "full", "/a"],
    ["path-strip-dotdot", "/a/..", undefined, "/"],
    ["query-sort-by-name", "/?c=1&a=2&b&a=1", undefined, "/?a=2&a=1&b&c=1"],
    ["percent-to-uppercase", "/%aa%b", undefined, "/%AA%b"],
    ["percent-to-uppercase", "/%aa%b", "strict", undefined],
    ["percent-decode-unreserved", "/%41%2f", undefined, "/A%2f"],
    ["fragment-strip", "/a#b", undefined, "/a"],
    ["fragment-encode", "/a#b", undefined, "/a%23b"],
  ];
  for (const [name, target, option, wanted] of cases)
    assert.equal(normalizeUri(target, name, option), wanted, `${name} ${target}`);
});

test("no normalizer makes a path leave its root, or takes the leading slash", () => {
  const part = fc.constantFrom("a", "..", ".", "", "b%2e", "c");
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const path = `/${parts.join("/")}`;
      const made = normalizeUri(path, "path-strip-dotdot", "full") as string;
      assert.ok(made.startsWith("/"), `${path} became ${made}`);
      assert.ok(!made.split("/").includes(".."), `${path} became ${made}`);
    }),
  );
});

test("templates take a match's groups", () => {
  const regex = compileRegex("^/a/(.*)/(b)?$", {});
  assert.equal(
    replaced(regex, "/a/x/b", () => "\\2-\\1-\\x41-\\%"),
    "b-x-A-%",
  );
  assert.equal(
    replaced(regex, "/a/x/", () => "[\\2]"),
    "[]",
  );
  assert.equal(
    replaced(regex, "/c", () => "never"),
    undefined,
  );
});

test("values of a list are changed one by one, quotes kept whole", () => {
  assert.equal(
    mapListValues('a, "b,c" ,d', (value) => (value === "d" ? "e" : value)),
    'a, "b,c" ,e',
  );
});
