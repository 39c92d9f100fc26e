import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeArgs, escapeUri, unescapeRedirect } from "./escape.js";

test("of RFC 3986's characters a path keeps all but %, ? and #, an argument all but & + ; too", () => {
  const kept = "AZaz09-._~:/[]@!$'()*,=";
  assert.equal(escapeUri(`${kept}&+;`), `${kept}&+;`);
  assert.equal(
    escapeUri('%?# "<>\\^`{|}\0\x1f\x7f\xff'),
    "%25%3F%23%20%22%3C%3E%5C%5E%60%7B%7C%7D%00%1F%7F%FF",
  );
  assert.equal(escapeArgs(`${kept}&+;%?`), `${kept}%26%2B%3B%25%3F`);
});

test("a redirect's escapes are undone up to its arguments, unless they are needed", () => {
  for (const [text, expected] of [
    ["/a%2fb%2F%41", "/a/b/A"],
    ["/a%20b%25%00%7f%ff", "/a%20b%25%00%7f%ff"],
    ["/a?b%2fc", "/a?b%2fc"],
    ["/a%3fb%2fc", "/a?b%2fc"],
    ["/%zz/%1z/%%41%4", "/zz//%41"],
  ] as const)
    assert.equal(unescapeRedirect(text), expected, text);
});

test("what was escaped for arguments is the same again", () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(text, (value) => {
      const undone = escapeArgs(value).replace(/%(..)/g, (_, hex) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      assert.equal(undone, value);
    }),
  );
});
