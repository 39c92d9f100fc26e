import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { formatDiagnostics } from "../../../src/config/nginx/format.js";
import { readConfig } from "../../../src/config/nginx/index.js";
import { besides, configCases } from "./config-cases.js";

const program = "/usr/sbin/nginx";
const streamModule = "/usr/lib/nginx/modules/ngx_stream_module.so";

function unavailable(): string | false {
  const missing =
    process.geteuid?.() !== 0
      ? "needs root: nginx -t opens its sockets"
      : [program, streamModule].some((path) => !existsSync(path))
        ? "needs nginx and its stream module"
        : false;
  if (missing && process.env["CI"] === "true") throw new Error(missing);
  return missing;
}

describe("files as nginx -t takes them", { skip: unavailable() }, () => {
  const folder = mkdtempSync(join(tmpdir(), `rondo-nginx-config-${process.pid}-`));
  const path = (index: number) => join(folder, `${index}.conf`);
  before(() => {
    mkdirSync(join(folder, "html"));
    for (const [name, text] of Object.entries(besides)) writeFileSync(join(folder, name), text);
    for (const [index, { text }] of configCases.entries()) writeFileSync(path(index), text);
    // In a namespace of its own, where every port is free, one after the other.
    const script = `ip link set lo up; for i in $(seq 0 ${configCases.length - 1}); do
      ${program} -t -p ${folder} -c ${folder}/$i.conf -e /dev/null 2>${folder}/$i.err; echo $? >${folder}/$i.status; done`;
    const { status, stderr } = spawnSync("unshare", ["-n", "sh", "-c", script], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [index, { name }] of configCases.entries())
    test(name, () => {
      const expected = readFileSync(join(folder, `${index}.err`), "latin1");
      const result = readConfig(path(index), { prefix: folder });
      // What isn't done yet, and can't be ignored, is refused before nginx would say anything of it.
      const refused = result.diagnostics.some(({ code }) => code === "not-supported");
      assert.equal(refused, /\bdisable_symlinks /.test(name));
      if (refused) return;
      const printed = formatDiagnostics(result.diagnostics, { plain: true });
      assert.equal(printed, messages(expected));
      assert.equal(result.ok ? 0 : 1, Number(readFileSync(join(folder, `${index}.status`), "latin1")));
    });
});

/** What nginx says of a file, without that of its end and of this machine. */
const messages = (text: string): string =>
  text
    .split("\n")
    .filter((line) => /^nginx: \[(?:emerg|warn)\]/.test(line))
    .map((line) => `${line}\n`)
    .join("");
