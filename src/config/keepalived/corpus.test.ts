// biome-ignore-all lint/suspicious/noTemplateCurlyInString: keepalived.conf writes its definitions so
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { packageRoot } from "../../package-root.js";
import { applyEdits } from "./fix/apply-edits.js";
import {
  type Block,
  fixConfig,
  formatDiagnostic,
  keywords,
  printConfig,
  readConfig,
  readSources,
  testConfigs,
} from "./index.js";

const folder = `${packageRoot}test/fixtures/keepalived`;
const names = readdirSync(folder).filter((name) => name.endsWith(".conf"));
const options = { configId: "host" };
const corpus = names.map((name) => ({ name, ...readConfig(`${folder}/${name}`, options) }));

/** A world with one file. */
const holding = (text: string) => ({
  directory: () => "/",
  glob: (path: string) => ({
    paths: path.startsWith("/") ? ["/test.conf"] : [],
    missing: 0,
    wildcards: false,
  }),
  read: () => ({ kind: "text", text, encoding: "utf8" }) as const,
});
const readText = (text: string) => readConfig("/test.conf", { ...options, world: holding(text) });

/** A configuration without the places where it was said. */
const meaning = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, field) =>
      key === "at" ? undefined : typeof field === "bigint" ? `${field}n` : field,
    ),
  );

function* used(block: Block): Generator<string> {
  for (const statement of block.statements) {
    if (statement.keyword) yield `${statement.keyword.context}/${statement.keyword.name}`;
    if (statement.block) yield* used(statement.block);
  }
}

test("the corpus is of a hundred files at least and uses every keyword of 2.2.7", () => {
  assert.ok(names.length >= 100, `${names.length} files`);
  const seen = new Set(corpus.flatMap(({ tree }) => [...used(tree)]));
  const names_ = new Set([...seen].map((one) => one.split("/")[1]));
  const missing = keywords
    .filter(
      (one) =>
        !one.since &&
        one.name !== "include" &&
        one.name !== "net_namespace" &&
        one.name !== "net_namespace_ipvs" &&
        one.name !== "instance",
    )
    .filter((one) => !names_.has(one.name));
  assert.deepEqual(
    missing.map((one) => one.name),
    [],
  );
});

test("the table has every keyword of 2.2.7", () => {
  const known = new Set(keywords.map((one) => one.name));
  const all = readFileSync(`${folder}/keywords-2.2.7.txt`, "utf8").trim().split("\n");
  assert.equal(all.length, 335);
  assert.deepEqual(
    all.filter((name) => !known.has(name)),
    [],
  );
});

test("what is printed is read as the same configuration", () => {
  for (const { name, tree, config } of corpus) {
    const text = printConfig(tree);
    const again = readText(text);
    assert.deepEqual(meaning(again.config), meaning(config), name);
    assert.equal(printConfig(again.tree), text, name);
  }
});

test("the sources give the same again", () => {
  for (const { name, config, diagnostics, sources } of corpus) {
    const again = readSources(JSON.parse(JSON.stringify(sources)));
    assert.deepEqual(again.config, config, name);
    assert.deepEqual(again.diagnostics, diagnostics, name);
  }
});

test("every diagnostic has a place in a file, and its edit is of that file", () => {
  for (const { name, diagnostics } of corpus)
    for (const one of diagnostics) {
      assert.ok(one.place.file.startsWith(folder), `${name}: ${formatDiagnostic(one)}`);
      const lines = readFileSync(one.place.file, "utf8").split("\n");
      const line = lines[one.place.line - 1];
      assert.ok(
        line !== undefined && one.place.column <= line.length + 1,
        `${name}: ${formatDiagnostic(one)}`,
      );
    }
});

test("the notes' files: each slip is named with its cure, and all are mended", () => {
  const slips = (name: string) =>
    corpus
      .find((one) => one.name === name)!
      .diagnostics.map(
        (one) => `${one.place.line}:${one.place.column} ${one.message} -> ${one.meant ?? one.fix?.text}`,
      );
  assert.deepEqual(slips("notes-lvs1.conf"), [
    "3:2 vrrp_iptables is read and does nothing here -> undefined",
    "5:1 Unknown keyword 'vrrp_instance_Vl_1' -> vrrp_instance Vl_1",
    "9:2 Unknown keyword 'proiority' -> priority",
    "12:14 (Vl_1) unknown authentication type 'pass' -> PASS",
    "29:19 Unknown keyword 'nb_get_retry' -> retry",
    "37:19 Unknown keyword 'nb_get_retry' -> retry",
  ]);
  for (const name of names.filter((one) => one.startsWith("notes-"))) {
    const { files, result } = fixConfig(`${folder}/${name}`, options);
    assert.equal(files.length, 1);
    assert.deepEqual(result.diagnostics.filter((one) => one.severity !== "note").map(formatDiagnostic), []);
    assert.equal(result.config.instances[0]?.name, "Vl_1");
    const before = readFileSync(`${folder}/${name}`, "utf8").split("\n");
    const after = files[0]!.text.split("\n");
    assert.equal(after.length, before.length);
    assert.ok(before.filter((line, i) => line !== after[i]).length <= 6, "only what is wrong is changed");
  }
});

test("edits leave all else to the byte", () => {
  assert.equal(applyEdits("a bb c", [{ file: "f", start: 2, end: 4, text: "X" }]), "a X c");
  assert.equal(
    applyEdits("abcd", [
      { file: "f", start: 0, end: 2, text: "1" },
      { file: "f", start: 1, end: 3, text: "2" },
    ]),
    "a2d",
  );
});

test("no bytes make it fail", () => {
  const texts = corpus.map(({ name }) => readFileSync(`${folder}/${name}`, "utf8"));
  const words = [
    ...keywords.map((one) => one.name),
    "{",
    "}",
    "\n",
    '"',
    "\\",
    "$A=",
    "${A}",
    "$A",
    "~SEQ(x, 1, 3)",
    "~LST(",
    "@host",
    "@^x",
    "#",
    "!",
    "-1",
    "1.5",
    "fe80::1",
    "10.0.0.1/24",
    "dev",
    "via",
    "\u0000",
    "\r",
    "é",
  ];
  const mutated = fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(3000), fc.nat(20), fc.constantFrom(...words)), { maxLength: 6 }),
    )
    .map(([text, cuts]) =>
      cuts.reduce((now, [at, length, word]) => now.slice(0, at) + word + now.slice(at + length), text),
    );
  const made = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((list) => list.join(" "));
  const bytes = fc.uint8Array({ maxLength: 300 }).map((list) => Buffer.from(list).toString("latin1"));
  fc.assert(
    fc.property(fc.oneof(mutated, made, bytes), (text) => {
      const { tree, config } = readText(text);
      const printed = readText(printConfig(tree));
      assert.ok(config.global.routerId !== undefined && printed.tree.context === "");
      testConfigs(["/test.conf"], { ...options, world: { ...holding(text), script: () => undefined } });
    }),
    { numRuns: 150 },
  );
});
