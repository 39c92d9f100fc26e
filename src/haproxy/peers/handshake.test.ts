import assert from "node:assert/strict";
import { test } from "node:test";
import { GreetingReader, greeting, LineReader } from "./handshake.js";
import { status } from "./status.js";

/** What a greeting comes to when it arrives in pieces of so many bytes, and what is left behind it. */
function read(text: string, size: number, ownName = "b") {
  const lines = new LineReader();
  const reader = new GreetingReader(ownName);
  for (let at = 0; at < text.length; at += size) {
    let rest: Uint8Array = Buffer.from(text.slice(at, at + size));
    for (let next = lines.next(rest); next !== undefined; next = lines.next(rest)) {
      if (next === "too long") return status.protocol;
      rest = next.rest;
      const found = reader.add(next.line);
      if (typeof found === "object") return { ...found, rest: Buffer.from(rest).toString() };
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

test("a greeting is understood in whatever pieces it comes, and what is behind it is kept", () => {
  const text = greeting("b", "a", 7, false);
  assert.equal(text, "HAProxyS 2.1\nb\na 7 1\n");
  for (let size = 1; size <= text.length; size++)
    assert.deepEqual(read(text, size), { name: "a", downgraded: false, rest: "" });
  assert.deepEqual(read(`${text}\x0a\x01`, 100), { name: "a", downgraded: false, rest: "\x0a\x01" });
  assert.deepEqual(read(greeting("b", "a", 7, true).replaceAll("\n", "\r\n"), 5), {
    name: "a",
    downgraded: true,
    rest: "",
  });
});

test("who can't be agreed with is told why", () => {
  assert.equal(read("GET / HTTP/1.1\n", 100), status.protocol);
  assert.equal(read("HAProxyS 3.0\nb\na 7 1\n", 100), status.version);
  assert.equal(read(greeting("c", "a", 7, false), 100), status.host);
  assert.equal(read("HAProxyS 2.1\nb\na\n", 100), status.protocol);
  assert.equal(read("H".repeat(1025), 100), status.protocol);
});
