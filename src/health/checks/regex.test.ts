import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { patternProblem, searchPattern } from "./regex.js";

const regex = (pattern: string, more: object = {}) => ({
  pattern,
  noMatch: false,
  options: [] as string[],
  minimumOffset: 0,
  ...more,
});
const found = (pattern: string, text: string, more: object = {}) =>
  searchPattern(regex(pattern, more), Buffer.from(text));

test("Perl's expressions mean what they mean to Perl, by either engine", () => {
  const cases: [string, string, boolean, object?][] = [
    ["hel+o", "say hello", true],
    ["^hello$", "hello\n", true],
    ["^hello$", "hello\n", false, { options: ["dollar_endonly"] }],
    ["^b$", "a\nb\nc", true, { options: ["multiline"] }],
    ["^b$", "a\nb\nc", false],
    ["a.b", "a\nb", false],
    ["a.b", "a\rb", true],
    ["a.b", "a\nb", true, { options: ["dotall"] }],
    ["HELLO", "hello", true, { options: ["caseless"] }],
    ["(?i)HELLO", "hello", true],
    ["a b # comment", "ab", true, { options: ["extended"] }],
    ["a$\\nb", "a\nb", false],
    ["\\Qa.b\\E", "a.b", true],
    ["\\Qa.b\\E", "axb", false],
    ["[[:digit:]]{3}", "x123", true],
    ["[]a]+z", "]z", true],
    ["\\x41\\x{42}", "AB", true],
    ["(?P<n>a)(?P=n)", "aa", true],
    ["(a)\\1", "ab", false],
    ["foo(?=bar)", "foobar", true],
    ["(?<!x)foo", "xfoo", false],
    ["\\Aa.*z\\Z", "abcz\n", true],
    ["a\\hb\\R", "a\tb\r\n", true],
    ["(?#no)a{2,3}?b", "aab", true],
    ["a{,3}", "a{,3}", true],
    ["x", "abcx", false, { maximumOffset: 2 }],
    ["x", "abcx", true, { maximumOffset: 3 }],
    ["x", "xabc", false, { minimumOffset: 1 }],
    ["^a", "aa", false, { minimumOffset: 1 }],
    ["é", "é", true, { options: ["utf"] }],
    ["b", "a\nb", false, { options: ["firstline"] }],
  ];
  for (const [pattern, text, expected, more] of cases)
    assert.equal(found(pattern, text, more), expected, `${pattern} in ${JSON.stringify(text)}`);
});

test("what neither engine can do is said, and is no verdict", () => {
  for (const pattern of ["(?R)", "a++b", "(?>a)b", "a\\K", "(", "[a", "a\\", "(?=x)(?i)a"]) {
    assert.equal(typeof patternProblem(regex(pattern)), "string", pattern);
    assert.match(String(found(pattern, "a")), /can't be run/);
  }
});

test("a pathological expression takes no longer than its time, by either engine", () => {
  const text = "a".repeat(50_000);
  for (const pattern of ["(a+)+b", "(a+)+\\1b", "(?=a)(a|aa)+$b"]) {
    const begun = performance.now();
    assert.equal(found(pattern, text), false);
    assert.ok(performance.now() - begun < 8000, pattern);
  }
});

test("random expressions are found where grep -P finds them", (t) => {
  if (spawnSync("grep", ["-qP", "a"], { input: "a" }).status !== 0) {
    assert.notEqual(process.env["CI"], "true", "grep knows no -P");
    return t.skip("grep knows no -P");
  }
  const atom = fc.constantFrom(
    "a",
    "b",
    "c",
    ".",
    "[ab]",
    "[^a]",
    "\\d",
    "\\w",
    "(a|b)",
    "(?:bc)",
    "\\s",
    "(?=b)",
    "\\1",
  );
  const quantified = fc.tuple(atom, fc.constantFrom("", "", "*", "+", "?", "{2}", "*?"));
  const sequence = fc.array(quantified, { minLength: 1, maxLength: 5 });
  const pattern = fc.tuple(fc.constantFrom("", "^"), sequence, fc.constantFrom("", "$", "\\Z"));
  const samples = fc.sample(
    fc.tuple(pattern, fc.string({ unit: fc.constantFrom(..."abc1 "), minLength: 1 })),
    150,
  );
  for (const [[first, pieces, last], text] of samples) {
    const source = `(a?)${first}${pieces.map(([one, many]) => (one === "(?=b)" ? one : one + many)).join("")}${last}`;
    const truth = spawnSync("grep", ["-cP", "--", source], { input: text });
    if (truth.status === 2) continue;
    assert.equal(found(source, text), truth.status === 0, `${source} in ${JSON.stringify(text)}`);
  }
});
