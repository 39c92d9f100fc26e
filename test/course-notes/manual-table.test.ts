import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { packageRoot } from "../../src/package-root.js";
import { begin, end, manualTable, page } from "./manual-table.js";

test("the manual's table of the course notes is that of their test", () => {
  const path = `${packageRoot}${page}`;
  const text = readFileSync(path, "utf8");
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  assert.ok(from > 0 && to > from, `${page} has no place for the table`);
  const wanted = `${text.slice(0, from)}${begin}\n\n${manualTable()}\n${text.slice(to)}`;
  if (process.env["RONDO_WRITE_NOTES"] === "1") writeFileSync(path, wanted);
  else assert.equal(text, wanted, `write it anew: RONDO_WRITE_NOTES=1 npm test -- course-notes`);
});
