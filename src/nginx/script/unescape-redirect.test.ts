import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeUri } from "../http/uri/escape.js";
import { unescapeRedirect } from "./unescape-redirect.js";

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

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });

test("whatever is escaped stays within what a Location may have", () => {
  fc.assert(
    fc.property(bytes, (text) => {
      assert.match(unescapeRedirect(escapeUri(text, "component")), /^[!-~]*$/);
    }),
  );
});
