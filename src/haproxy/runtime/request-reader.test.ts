import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Request, RequestReader, splitWords } from "./request-reader.js";

function readAll(pieces: readonly string[]): Request[] {
  const reader = new RequestReader(1000, 1000);
  const requests: Request[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let next = reader.next(); next !== undefined; next = reader.next())
      if (next !== "payload") requests.push(next);
  }
  return requests;
}

const lines = (text: string) => readAll([text]).map(({ line }) => line);

test("lines end at line feeds and semicolons that no backslash stands before", () => {
  assert.deepEqual(lines("show info\r\nshow stat;  help\nnot yet"), ["show info", "show stat", "  help"]);
  assert.deepEqual(lines("say a\\;b\\\\;c\n"), ["say a\\;b\\\\", "c"]);
});

test("a payload goes until an empty line, and semicolons are its own", () => {
  assert.deepEqual(readAll(["add map x <<\nkey a;b\\\n", "two 2\r\n\nshow map\n"]), [
    { line: "add map x ", payload: "key a;b\\\ntwo 2" },
    { line: "show map", payload: undefined },
  ]);
});

test("words are unescaped", () => {
  assert.deepEqual(splitWords(" set  map\tx a\\ b\\\\c \\#1 "), ["set", "map", "x", "a b\\c", "#1"]);
  assert.deepEqual(splitWords("  "), []);
});

test("what is too long ends it", () => {
  const reader = new RequestReader(10, 10);
  reader.push("x".repeat(11));
  assert.equal(reader.next(), undefined);
  assert.ok(reader.overflow);
});

test("however bytes are cut, the requests are the same", () => {
  const character = fc.constantFrom("a", " ", ";", "\n", "\r", "\\", "<", "é", "#");
  const part = fc.oneof(fc.string({ unit: character, maxLength: 12 }), fc.constantFrom(" <<\n", "\n\n"));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (pieces) => {
      const whole = readAll([pieces.join("")]);
      assert.deepEqual(readAll(pieces), whole);
      assert.deepEqual(readAll([...pieces.join("")]), whole);
      for (const { line } of whole)
        for (const word of splitWords(line)) assert.ok(word.length <= line.length);
    }),
    { numRuns: 500 },
  );
});
