// Imports go down only: a file may import from its own folder and from rows below its own, never from a sibling
// folder in its row. The rows are the architecture (ARCHITECTURE.md draws them).
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const rows = [
  ["cli"],
  ["daemon", "lab", "doctor", "realserver", "demo"],
  ["dataplane", "sync", "vrrp", "health", "bfd", "haproxy", "nginx", "bgp", "observe"],
  ["config", "bpf", "netlink", "proxy"],
  ["ipvs"],
  ["asm", "wire", "sys", "regex"],
  ["code-version.ts"],
  ["errors.ts", "nearest.ts", "package-root.ts"],
];
const root = resolve(new URL("..", import.meta.url).pathname, "src");
const rowOf = (part) => rows.findIndex((row) => row.includes(part));
const part = (file) => relative(root, file).split("/")[0];
const pure = ["asm", "wire", "ipvs"]; // no clock, no randomness, no files
const impure = /^node:|^koffi$/;

function* sources(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

const wrong = [];
for (const file of sources(root)) {
  const test = file.endsWith(".test.ts");
  const from = part(file);
  if (rowOf(from) < 0)
    wrong.push(`${relative(root, file)}: folder ${from} stands in no row of scripts/check-layers.mjs`);
  const text = readFileSync(file, "utf8");
  for (const match of text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
    const line = text.slice(0, match.index).split("\n").length;
    const where = `${relative(root, file)}:${line}`;
    const name = match[1];
    if (name === "koffi" && from !== "sys") wrong.push(`${where}: only sys/ imports koffi`);
    if (!test && pure.includes(from) && impure.test(name))
      wrong.push(`${where}: ${from}/ is pure and imports ${name}`);
    if (!name.startsWith(".")) continue;
    const to = part(resolve(dirname(file), name).replace(/\.js$/, ".ts"));
    if (to === from || (test && to === "..")) continue;
    if (rowOf(to) <= rowOf(from)) wrong.push(`${where}: ${from} may not import ${to} (imports go down only)`);
  }
}
for (const line of wrong) console.error(line);
if (wrong.length > 0) process.exit(1);
