import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileRegex } from "./regex.js";

test("what can't take long is given to the fast engine, all else to the linear one", () => {
  for (const [engine, patterns] of [
    ["simple", ["^", "^/a$", "\\.(?:jpg|png)$", "^/a/(.*)$", "^/(en|de)/(.*)$", "^/([^/]*)/([^/]+)/(.*)$"]],
    [
      "simple",
      ["^/(\\d+)/([0-9]+)-(.*)$", "^([^.]+)\\.(?<rest>.*)$", "^(\\w+)$", "^/(a|b.*c)/d$", "^[^/]+/$"],
    ],
    [
      "linear",
      ["(.*)/", "[^/]*/x", "^(.*)/(.*)$", "^([^/]*)/?(.*)$", "^([^/]*/)*(.*)$", "^(a|b)+$", "^a|b.*c$"],
    ],
    [
      "linear",
      ["^[^.]*.(.*)$", "^[^/]*/*(.*)$", "^\\d+\\d(.*)$", "^\\d+1(.*)$", "^(a?)(b*)$", "^(\\d+/)+(.*)$"],
    ],
    [
      "linear",
      [
        `^${"(a|b)".repeat(9)}.*$`,
        "^[^a]*b(.*)$",
        "^([^/]*/){2}(.*)$",
        "^\\d+/+(.*)$",
        "^.*[^/]*/x",
        "^\\\\d+d(.*)$",
        "^(.*)-\\d+/$",
      ],
    ],
  ] as const)
    for (const pattern of patterns) assert.equal(compileRegex(pattern).engine, engine, pattern);
});

test("the fast engine finds what the linear one finds", () => {
  const pieces = ["/", "(a|b)", "(.*)", "([^/]+)/", "(\\d+)-", "(?<one>[^.]*)\\.", "1"];
  const pattern = fc
    .uniqueArray(fc.constantFrom(...pieces), { maxLength: 5 })
    .map((some) => `^${some.join("")}`);
  const subject = fc.string({ unit: fc.constantFrom("/", "a", "b", "1", "-", "."), maxLength: 12 });
  fc.assert(
    fc.property(pattern, fc.boolean(), subject, (start, whole, text) => {
      const source = whole ? `${start}$` : start;
      // "{1}" is a repeat, so that this one is never simple.
      const linear = compileRegex(`${source.replace("^", "^(?:^){1}")}`);
      assert.notEqual(linear.engine, "simple");
      const found = compileRegex(source).exec(text, 0);
      const expected = linear.exec(text, 0);
      const plain = (groups: typeof found) => groups && Array.from(groups, (group) => group && [...group]);
      assert.deepEqual(plain(found), plain(expected), source);
    }),
    { numRuns: 500 },
  );
});
