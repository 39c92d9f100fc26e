import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCrtList } from "./crt-list.js";

test("a crt-list's lines: file, settings between brackets, names", () => {
  const text = [
    "# comment",
    "cert1.pem [alpn h2 verify required] *.example.com !bad.example.com",
    "",
    "sub/cert2.pem",
    "cert3.pem WWW.example.org # why",
  ].join("\n");
  assert.deepEqual(parseCrtList(text), [
    {
      path: "cert1.pem",
      options: ["alpn", "h2", "verify", "required"],
      filters: ["*.example.com", "!bad.example.com"],
      line: 2,
    },
    { path: "sub/cert2.pem", options: [], filters: [], line: 4 },
    { path: "cert3.pem", options: [], filters: ["www.example.org"], line: 5 },
  ]);
});

test("a bracket that isn't closed is told with its line", () => {
  assert.deepEqual(parseCrtList("a.pem\nb.pem [alpn h2"), {
    line: 2,
    fault: "file 'b.pem' : missing ']' after ssl configuration",
  });
});
