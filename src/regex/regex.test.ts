import assert from "node:assert/strict";
import { test } from "node:test";
import { compileRegex } from "./regex.js";

test("groups are counted, and those with names are told", () => {
  for (const [pattern, engine, groups, names] of [
    ["^/a$", "simple", 0, {}],
    ["^/(?<lang>en|de)/((?:a|b))$", "simple", 2, { lang: 1 }],
    ["(a+)(?P<rest>(b|\\()+)(?'last'[(])", "linear", 4, { rest: 2, last: 4 }],
    ["(?i)(?<one>a)(?#(no)\\((?=(b+))", "bounded", 2, { one: 1 }],
    ["(?<word>\\w+) \\k<word>", "bounded", 1, { word: 1 }],
  ] as const) {
    const regex = compileRegex(pattern);
    assert.equal(regex.engine, engine, pattern);
    assert.equal(regex.groups, groups, pattern);
    assert.deepEqual(Object.fromEntries(regex.names), names, pattern);
  }
});

test("a group with a name has its number, whichever engine finds it", () => {
  for (const pattern of ["^/(?<a>x)/(?<b>y)?", "/(?<a>x+)/+(?<b>y+)?", "/(?=x)(?<a>x)/(?<b>y)?"]) {
    const { names, exec, groups } = compileRegex(pattern);
    const found = exec("/x/y", 0)!;
    assert.equal(found.length, groups + 1);
    assert.deepEqual([...found[names.get("a")!]!], [1, 2], pattern);
    assert.deepEqual([...found[names.get("b")!]!], [3, 4], pattern);
    assert.equal(exec("/x/", 0)![names.get("b")!], undefined, pattern);
  }
});

test("no two groups have the same name", () => {
  assert.throws(() => compileRegex("(?<a>x)|(?<a>y)"), /same name/);
});

test("what only PCRE has is named where it is refused", () => {
  assert.throws(() => compileRegex("(*UTF8)a"), { message: "(*UTF8) can't be done" });
  assert.throws(() => compileRegex("a(?>b)"), { message: "(?>b can't be done" });
});
