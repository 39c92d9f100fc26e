import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { formNames, formOf } from "../../src/config/nginx/directives/forms.js";
import { allDefinitions, manualParts } from "../../src/config/nginx/directives/index.js";
import { type Context, type Definition, readConfig } from "../../src/config/nginx/index.js";
import { packageRoot } from "../../src/package-root.js";

const path = `${packageRoot}docs/manual/nginx-conf.md`;
const mark = "<!-- From the tables of directives: RONDO_WRITE_MANUAL=1 npm test -- manual/nginx-conf -->";

const letters: Readonly<Record<Context, string>> = {
  main: "M",
  events: "E",
  http: "H",
  "http-server": "S",
  location: "L",
  "server-if": "SI",
  "location-if": "LI",
  limit_except: "X",
  "http-upstream": "U",
  match: "A",
  stream: "TH",
  "stream-server": "TS",
  "stream-upstream": "TU",
};

const cell = (text: string) => text.replaceAll("|", "\\|");
const byName = (a: Definition<unknown>, b: Definition<unknown>) => (a.name < b.name ? -1 : 1);

function initialOf({ initial, form }: Definition<unknown>): string {
  if (initial === undefined || initial === null) return "";
  if (typeof initial === "boolean") return form === "on | off" ? (initial ? "on" : "off") : "";
  if (initial === Number.POSITIVE_INFINITY || initial === Number.MAX_SAFE_INTEGER) return "no limit";
  if (typeof initial === "number" && form === "TIME") return `${initial}`;
  if (Array.isArray(initial)) return initial.join(" ");
  if (typeof initial !== "object") return String(initial);
  return Object.values(initial).join(" ");
}

function here({ status, note }: Definition<unknown>): string {
  if (status === "done") return "done";
  return status === "refused" ? `refused: ${note}` : `no effect: ${note}`;
}

const row = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |\n`;

function part(title: string, definitions: readonly Definition<unknown>[]): string {
  const rows = [...definitions].sort(byName).map((one) => {
    const form = formOf(one);
    return row([
      `\`${form ?? one.name}\``,
      one.contexts.map((context) => letters[context]).join(" "),
      initialOf(one),
      here(one),
    ]);
  });
  return `### ${title}\n\n${row(["directive", "in", "initially", "here"])}${row(["---", "---", "---", "---"])}${rows.join("")}`;
}

/** Refused ones by their reasons. */
function refusedPart(definitions: readonly Definition<unknown>[]): string {
  const byNote = new Map<string, Definition<unknown>[]>();
  for (const one of definitions) byNote.set(one.note ?? "", [...(byNote.get(one.note ?? "") ?? []), one]);
  const rows = [...byNote].map(([note, all]) =>
    row([
      note,
      all
        .map(({ name }) => `\`${name}\``)
        .sort()
        .join(" "),
    ]),
  );
  return `### Refused\n\n${row(["why", "directives"])}${row(["---", "---"])}${rows.join("")}`;
}

const page = () =>
  manualParts()
    .map(([title, all]) => (title === "Refused" ? refusedPart(all) : part(title, all)))
    .join("\n");

test("the manual has every directive as the tables have it", () => {
  const text = readFileSync(path, "utf8");
  const wanted = `${text.slice(0, text.indexOf(mark))}${mark}\n\n${page()}`;
  if (process.env["RONDO_WRITE_MANUAL"] === "1") writeFileSync(path, wanted);
  else assert.equal(text, wanted);
});

test("every directive that isn't refused says how it is said, and no other does", () => {
  const without = allDefinitions().filter((one) => one.status !== "refused" && formOf(one) === undefined);
  assert.deepEqual(
    without.map(({ name }) => name),
    [],
  );
  const names = new Set(["include", "upstream server", ...allDefinitions().map(({ name }) => name)]);
  assert.deepEqual(
    formNames.filter((name) => !names.has(name)),
    [],
  );
});

const wraps: Readonly<Record<Context, string>> = {
  main: "",
  events: "events {",
  http: "http {",
  "http-server": "http { server {",
  location: "http { server { location / {",
  "server-if": "http { server { if ($uri) {",
  "location-if": "http { server { location / { if ($uri) {",
  limit_except: "http { server { location / { limit_except GET {",
  "http-upstream": "http { upstream a {",
  match: "http { match a {",
  stream: "stream {",
  "stream-server": "stream { server {",
  "stream-upstream": "stream { upstream a {",
};

describe("what the manual says of a directive is what the reader does", () => {
  const read = (text: string) =>
    readConfig("/f", {
      world: {
        readFile: (file) =>
          file === "/f" ? { bytes: Buffer.from(text) } : { reason: "No such file or directory" },
        list: () => undefined,
        hostName: () => "host",
        user: () => 0,
        group: () => 0,
      },
    }).diagnostics.map(({ code, message }) => ({ code, message }));

  for (const one of allDefinitions())
    test(`${one.name} in ${one.contexts.join(", ")}`, () => {
      for (const context of one.contexts) {
        const words = Array.from({ length: one.words.least }, () => "1").join(" ");
        const end = one.block === undefined ? ";" : "{}";
        const begin = wraps[context];
        const found = read(`${begin} ${one.name} ${words}${end} ${"}".repeat(begin.split("{").length - 1)}`);
        const codes = found.map(({ code }) => code);
        for (const wrong of [
          "unknown-directive",
          "not-allowed-here",
          "number-of-arguments",
          "not-terminated",
          "no-opening",
        ])
          assert.ok(!codes.includes(wrong), JSON.stringify(found));
        const says = (code: string) =>
          found.some((each) => each.code === code && each.message.includes(`"${one.name}"`));
        assert.equal(says("not-supported"), one.status === "refused", JSON.stringify(found));
        assert.equal(says("without-effect"), one.status === "without-effect", JSON.stringify(found));
      }
    });
});
