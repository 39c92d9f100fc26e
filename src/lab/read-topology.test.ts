import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { RondoError } from "../errors.js";
import { topologyOf } from "./read-topology.js";
import { dr } from "./topologies/dr.js";
import type { Topology } from "./topology.js";

const folder = mkdtempSync(join(tmpdir(), "rondo-topology-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const mine = { ...dr, name: "mine" };
const json = JSON.stringify(mine);

async function refusal(path: string): Promise<string> {
  try {
    await topologyOf(path);
  } catch (error) {
    if (error instanceof RondoError) return [error.message, error.remedy].filter(Boolean).join("\n");
    throw error;
  }
  return "it was taken";
}

/** What is said of a copy of the dr topology with something in it changed. */
async function saidOf(change: (copy: Topology) => void): Promise<string> {
  const copy = JSON.parse(json);
  change(copy);
  return (await refusal(file("changed.json", JSON.stringify(copy)))).replace(`${folder}/`, "");
}

test("by its name, or from a file: JSON, a module, a CommonJS one", async () => {
  assert.equal(await topologyOf("dr"), dr);
  for (const path of [
    file("mine.json", json),
    file("mine.mjs", `export default ${json};`),
    file("mine.cjs", `module.exports = ${json};`),
  ])
    assert.deepEqual(JSON.parse(JSON.stringify(await topologyOf(path))), JSON.parse(json), path);
});

test("TypeScript where Node can strip types, else what to do", async () => {
  const path = file(
    "mine.mts",
    `import type { Topology } from "rondo/lab";\nexport default ${json} satisfies Topology;`,
  );
  if ((process.features as { typescript?: string | false }).typescript)
    assert.equal((await topologyOf(path)).name, "mine");
  else
    assert.match(
      await refusal(path),
      /Node [\d.]+ can't load TypeScript by itself\nUse Node 22\.18 or later; or compile it/,
    );
});

describe("a file that can't be read is told so", () => {
  const cases: readonly (readonly [string, string | undefined, RegExp])[] = [
    ["nowhere.json", undefined, /nowhere\.json: there is no such file\n`rondo lab list`/],
    ["cut.json", '{\n  "name": "mine",\n  x\n}', /cut\.json: line 3, column 3: this is no JSON: /],
    [
      "broken.mjs",
      "export default {\n  name: 'mine',,\n};",
      /broken\.mjs: line 2: SyntaxError: Unexpected token ','/,
    ],
    ["throws.mjs", "throw new Error('out of order');", /throws\.mjs: (line 1: )?Error: out of order/],
    ["named.mjs", "export const topology = {};", /named\.mjs: it exports no default\nWrite: export default/],
    ["mine.yaml", "name: mine", /mine\.yaml: what kind of file is this\?\nA topology is a \.json/],
    [
      "holds-itself.mjs",
      "const t = {}; t.name = t; export default t;",
      /holds-itself\.mjs: its default export is no data, as JSON is: Converting circular structure to JSON$/,
    ],
    [
      "number.mjs",
      "export default { name: 10n };",
      /number\.mjs: its default export is no data, as JSON is: Do not know how to serialize a BigInt$/,
    ],
    [
      "getter.mjs",
      'export default { get name() { throw new Error("boo"); } };',
      /getter\.mjs: its default export is no data, as JSON is: boo$/,
    ],
    [
      "function.mjs",
      "export default () => ({});",
      /function\.mjs: the topology: it takes an object with name, .*, not a function/,
    ],
  ];
  for (const [name, content, said] of cases)
    test(name, async () => {
      const path = content === undefined ? join(folder, name) : file(name, content);
      assert.match(await refusal(path), said);
    });
});

describe("a topology that has not the form is told field by field", () => {
  const cases: readonly (readonly [string, (copy: Topology) => void])[] = [
    [
      "changed.json: hosts[1].interface: there is no such field; did you mean interfaces?",
      (copy) => Object.assign(copy.hosts[1]!, { interface: [] }),
    ],
    [
      'changed.json: hosts[2].role: it takes one of client, director, proxy, server, store, not "sever"; did you mean server?',
      (copy) => Object.assign(copy.hosts[2]!, { role: "sever" }),
    ],
    [
      'changed.json: vips: it takes a list such as ["192.168.4.15"], not "192.168.4.15"',
      (copy) => Object.assign(copy, { vips: "192.168.4.15" }),
    ],
    [
      "changed.json: traffic.port: it takes a port from 1 to 65535, not 0",
      (copy) => Object.assign(copy.traffic, { port: 0 }),
    ],
    [
      'changed.json: hosts[0].name: a text such as "web1" is missing',
      (copy) => Reflect.deleteProperty(copy.hosts[0]!, "name"),
    ],
    [
      'changed.json: hosts[1].sysctls["net.ipv4.ip_forward"]: it takes a text such as "1", not 1',
      (copy) => Object.assign(copy.hosts[1]!.sysctls!, { "net.ipv4.ip_forward": 1 }),
    ],
    [
      "changed.json: hosts[3].interfaces[0].addresses[0].address: web2's ens37: 10.0.0.1 lies outside its network 192.168.4.0/24",
      (copy) => Object.assign(copy.hosts[3]!.interfaces[0]!.addresses[0]!, { address: "10.0.0.1/24" }),
    ],
  ];
  for (const [said, change] of cases)
    test(said, async () => {
      const lines = (await saidOf(change)).split("\n").map((line) => line.trim());
      assert.ok(lines.includes(said) || lines.includes(said.replace("changed.json: ", "")), lines.join("\n"));
    });
  test("all of it at once", async () => {
    const said = await saidOf((copy) => {
      Object.assign(copy, { vips: 1 });
      Object.assign(copy.hosts[0]!, { web: { port: "80", page: "x" } });
    });
    assert.match(said, /^changed\.json has 2 faults:\n {2}hosts\[0\]\.web\.port: .*\n {2}vips: /);
  });
});
