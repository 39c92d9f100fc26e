import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Mistake } from "../../config/nginx/mistake.js";
import { Registry } from "../variables/registry.js";
import type { Subject } from "../variables/subject.js";
import { compile } from "./compile.js";
import { parseTemplate } from "./template.js";

const place = { file: "nginx.conf", line: 3, column: 7 };
const names = ["a", "b1", "_", "http_host"];

function compiled(text: string) {
  const registry = new Registry<Subject>();
  for (const name of names) registry.define(name, () => `<${name}>`);
  const result = compile({ text, place }, registry);
  registry.seal();
  return result;
}

const subject = (captured?: string): Subject => ({
  known: [],
  captured: captured === undefined ? undefined : { text: captured, groups: [[0, 3], undefined, [1, 2]] },
});

test("a text without variables is the same for all", () => {
  for (const text of ["", "/index.html", "100%", "a}b{", "\xff"]) {
    assert.equal(compiled(text).constant, text);
    assert.equal(compiled(text).value(subject()), text);
  }
});

test("variables end where their names do", () => {
  for (const [text, expected] of [
    ["$a", "<a>"],
    ["${a}b1", "<a>b1"],
    ["$a$b1", "<a><b1>"],
    ["/$a-$a/${_}.", "/<a>-<a>/<_>."],
    ["$a}", "<a>}"],
    ["$http_host:80", "<http_host>:80"],
  ] as const) {
    assert.equal(compiled(text).constant, undefined, text);
    assert.equal(compiled(text).value(subject()), expected, text);
  }
});

test("$1 to $9 are what groups of the last match took", () => {
  assert.equal(compiled("$1").value(subject("abc")), "");
  assert.equal(compiled("$2").value(subject("abc")), "b");
  assert.equal(compiled("x$22").value(subject("abc")), "xb2");
  assert.equal(compiled("[$2$9$a]").value(subject("abc")), "[b<a>]");
  assert.equal(compiled("[$2]").value(subject()), "[]");
});

test("mistakes are told in nginx's words, with the text's place", () => {
  for (const [text, message] of [
    ["$", "invalid variable name"],
    ["a$", "invalid variable name"],
    ["$-", "invalid variable name"],
    ["${", "invalid variable name"],
    ["${}", "invalid variable name"],
    ["$$", "invalid variable name"],
    ["${a", 'the closing bracket in "a" variable is missing'],
    ["${a-b}", 'the closing bracket in "a" variable is missing'],
    ["${-}", 'the closing bracket in "" variable is missing'],
  ] as const)
    assert.throws(() => compiled(text), { name: "Mistake", message, about: { place } }, text);
});

const piece = fc.oneof(
  fc.constantFrom("$", "${", "}", "$a", "${b1}", "$1", "?", "/", "$_x", "${1}"),
  fc.string({ unit: "binary-ascii", maxLength: 4 }),
);

test("any text is compiled, or refused as a mistake", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      try {
        compile({ text: pieces.join(""), place }, new Registry<Subject>());
      } catch (error) {
        assert.ok(error instanceof Mistake);
      }
    }),
  );
});

test("what a text was taken apart to has the same value as the text", () => {
  const known = fc.oneof(
    fc.constantFrom(...names).map((name) => ({ text: `\${${name}}`, value: `<${name}>` })),
    fc.stringMatching(/^[^$]*$/).map((text) => ({ text, value: text })),
    fc.constant({ text: "$2", value: "b" }),
  );
  fc.assert(
    fc.property(fc.array(known), (pieces) => {
      const text = pieces.map((piece) => piece.text).join("");
      const value = pieces.map((piece) => piece.value).join("");
      assert.equal(compiled(text).value(subject("abc")), value);
      assert.ok(parseTemplate(text).length <= 2 * pieces.length);
    }),
  );
});
