import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { type Keyword, keywords } from "../../src/config/keepalived/index.js";
import { packageRoot } from "../../src/package-root.js";

const path = `${packageRoot}docs/manual/keepalived-conf.md`;
const mark = "<!-- From the table of keywords: RONDO_WRITE_MANUAL=1 npm test -- manual/keepalived-conf -->";

const cell = (text: string) => text.replaceAll("|", "\\|");

function row(keyword: Keyword): string {
  const { status } = keyword;
  const state = keyword.since ? "absent" : status.kind === "without-effect" ? "no effect" : status.kind;
  const says = [
    status.kind === "done" ? "" : status.says,
    keyword.deprecated ? `Old word: write \`${keyword.deprecated}\`.` : "",
    keyword.build ? `Known to keepalived only if it was built with ${keyword.build}.` : "",
  ];
  return `| \`${keyword.name}\` | ${keyword.arguments ? `\`${cell(keyword.arguments)}\`` : ""} | ${state} | ${says.filter((one) => one !== "").join(" ")} |`;
}

function tables(): string {
  const contexts = [...new Set(keywords.map((one) => one.context))];
  return contexts
    .map((context) => {
      const rows = keywords.filter((one) => one.context === context).map(row);
      return `### ${context === "" ? "The file itself" : `\`${context}\``}\n\n| word | takes | here | |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
    })
    .join("\n");
}

test("the manual has every keyword as the table has it", () => {
  const text = readFileSync(path, "utf8");
  const wanted = `${text.slice(0, text.indexOf(mark))}${mark}\n\n${tables()}`;
  if (process.env["RONDO_WRITE_MANUAL"] === "1") writeFileSync(path, wanted);
  else assert.equal(text, wanted);
});
