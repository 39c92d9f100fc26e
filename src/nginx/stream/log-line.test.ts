import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "../variables/registry.js";
import type { Subject } from "../variables/subject.js";
import { logLine } from "./log-line.js";

function line(escaping: "default" | "json" | "none"): string {
  const registry = new Registry<Subject>();
  registry.define("odd", () => 'a"\\\n\x7f\xe9z');
  registry.define("empty", () => "");
  registry.define("absent", () => undefined);
  const place = { file: "nginx.conf", line: 1, column: 1 };
  const made = logLine(
    { name: "f", escape: escaping, text: { text: "<$odd|$empty|$absent>", place } },
    registry,
  );
  registry.seal();
  return made({ known: [], captured: undefined });
}

test("values are escaped as the format says, and what isn't there is a dash by default", () => {
  assert.equal(line("default"), "<a\\x22\\x5C\\x0A\\x7F\\xE9z||->");
  assert.equal(line("json"), '<a\\"\\\\\\n\x7f\xe9z||>');
  assert.equal(line("none"), '<a"\\\n\x7f\xe9z||>');
});
