import assert from "node:assert/strict";
import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { freePorts } from "../../../support/free-ports.js";
import { nginxIsThere, RealNginx } from "../../../support/real-nginx.js";
import { ask, comparable } from "./ask.js";
import { backend } from "./backend.js";
import { type Case, cases } from "./cases.js";
import { moduleCases } from "./module-cases.js";
import { ours } from "./ours.js";

const missing = nginxIsThere() ? false : "needs nginx";
if (missing && process.env["CI"] === "true") throw new Error(missing);

const january = new Date("2024-01-01T00:00:00Z");
const users = [
  "apr:$apr1$5lfQk0Lc$HN5LEMKTEaBSJ1JZVTN5z1",
  "plain:{PLAIN}secret",
  "sha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
  "ssha:{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0",
  "crypt:$1$abcdefgh$b9ZzVZ2xvwrHSmIqFdPJ5/",
];

/** The files that configurations serve. */
function makeFiles(folder: string): void {
  mkdirSync(join(folder, "html", "dir"), { recursive: true });
  mkdirSync(join(folder, "html", "noperm"));
  const files: Record<string, string> = {
    "index.html": "index\n",
    "a.txt": "a text\n",
    "fixed.txt": "0123456789",
    empty: "",
    noext: "none",
    "x.own": "own",
    "dir/b.html": "b in dir\n",
    "err.html": "our 404\n",
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, "html", name);
    writeFileSync(path, text);
    utimesSync(path, january, january);
  }
  const list = join(folder, "list");
  mkdirSync(join(list, "long"), { recursive: true });
  mkdirSync(join(list, `folder-${"x".repeat(60)}`));
  const sizes = { empty: 0, "9999": 9999, "10000": 10_000, half: 1_572_863, 'a&b<c>"d': 5, "über.txt": 3 };
  for (const [name, size] of Object.entries(sizes)) writeFileSync(join(list, name), "x".repeat(size));
  writeFileSync(join(list, "n".repeat(50)), "");
  writeFileSync(join(list, `${"é".repeat(55)}`), "");
  writeFileSync(join(list, ".hidden"), "");
  writeFileSync(join(list, "long", "abc.txt"), `ababab${"ab".repeat(50_000)}`);
  symlinkSync("nowhere", join(list, "link"));
  for (const name of readdirSync(list)) lutimesSync(join(list, name), january, january);
  utimesSync(join(list, "long", "abc.txt"), january, january);
  writeFileSync(join(folder, "html", "packed.txt"), "not packed\n");
  writeFileSync(join(folder, "html", "packed.txt.gz"), gzipSync("packed\n"));
  for (const name of ["packed.txt", "packed.txt.gz", "dir", "noperm", "."])
    utimesSync(join(folder, "html", name), january, january);
  writeFileSync(join(folder, "users"), `${users.join("\n")}\n`);
  chmodSync(folder, 0o755);
}

describe("answers as nginx gives them", { skip: missing }, () => {
  const places: { a: number; b: number; dead: number; close: () => void } = {
    a: 0,
    b: 0,
    dead: 0,
    close: () => {},
  };
  before(async () => {
    const [a, b] = [await backend("A"), await backend("B")];
    const [dead] = await freePorts(1);
    Object.assign(places, { a: a.port, b: b.port, dead, close: () => [a, b].map((each) => each.close()) });
  });
  after(() => places.close());

  for (const one of [...cases, ...moduleCases])
    test(one.name, { timeout: 60_000 }, async (t) => {
      const real = new RealNginx();
      t.after(() => real.stop());
      makeFiles(real.directory);
      const [port, own] = (await freePorts(2)) as [number, number];
      await real.start(`http { ${textOf(one, real.directory, port)} }`, port);
      const ourRun = await ours(`events {} http { ${textOf(one, real.directory, own)} }`, real.directory);
      t.after(() => ourRun.stop());
      const [expected, actual]: [string[], string[]] = [[], []];
      for (const each of one.asks) {
        const question = `=== ${JSON.stringify(each).slice(0, 200)}\n`;
        expected.push(question + comparable(await ask(port, each), port));
        actual.push(question + comparable(await ask(own, each), own));
      }
      for (const [at, answer] of actual.entries()) assert.equal(answer, expected[at]);
    });

  function textOf({ http = "", server }: Case, folder: string, port: number): string {
    const text = `access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder};
      server { listen 127.0.0.1:PORT default_server; ${server} } ${http}`;
    return text
      .replace(/\bPORT\b/g, String(port))
      .replace(/:A\b/g, `:${places.a}`)
      .replace(/:B\b/g, `:${places.b}`)
      .replace(/\bDEAD\b/g, String(places.dead))
      .replace(/\bDIR\b/g, folder);
  }
});
