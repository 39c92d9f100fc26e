import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readConfig } from "../../../src/config/nginx/index.js";
import { freePort } from "../../support/free-ports.js";
import { httpPaths, nginxIsThere, RealNginx } from "../../support/real-nginx.js";
import { type Asked, mistakes, scriptCases } from "./script-cases.js";
import { type Answer, ScriptModel } from "./script-model.js";

const skip = nginxIsThere() ? false : "needs Debian's nginx";
if (skip && process.env["CI"] === "true") throw new Error("nginx is missing");

const seen = "$uri?$args|$1|$2|$a|$first|$rest";

/** What the real one answers; undefined: it closed the connection. */
function ask(port: number, agent: Agent, { target, forwardedFor }: Asked): Promise<Answer | undefined> {
  const headers = { ...(forwardedFor === undefined ? {} : { "X-Forwarded-For": forwardedFor }) };
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: "127.0.0.1", port, path: target, agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () =>
        resolve({
          status: response.statusCode!,
          location: response.headers.location,
          body: Buffer.concat(pieces).toString("latin1"),
          seen: String(response.headers["x-seen"]),
        }),
      );
    });
    sent.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" ? resolve(undefined) : reject(error),
    );
    sent.end();
  });
}

describe("variables and rewrites of the same file in Debian's nginx and in ours", { skip }, () => {
  const agent = new Agent({ keepAlive: true });
  let nginx: RealNginx;
  let ours: ScriptModel;
  let port: number;

  before(async () => {
    nginx = new RealNginx();
    port = await freePort();
    const locations = scriptCases.map(({ name, location }) => `location /${name}/ { ${location} }`);
    const blocks = `http { PATHS
      error_log stderr crit;
      ${scriptCases.map(({ http = "" }) => http).join("\n")}
      server { listen 127.0.0.1:${port}; root /none; absolute_redirect off; keepalive_requests 100000;
      add_header X-Seen "${seen}" always;
      location /never/unset/ { set $a ""; set $b ""; set $c ""; }
      ${locations.join("\n")} } }`;
    await nginx.start(blocks.replace("PATHS", httpPaths(nginx)), port);
    const file = nginx.path("ours.conf");
    writeFileSync(file, `events {}\n${blocks.replace("PATHS", "")}\n`);
    const { main, ok, diagnostics } = readConfig(file);
    assert.ok(ok, JSON.stringify(diagnostics));
    ours = new ScriptModel(main, seen);
    assert.deepEqual(ours.findings, []);
  });

  after(async () => {
    agent.destroy();
    await nginx.stop();
  });

  for (const { name, asked } of scriptCases)
    test(name, async () => {
      for (const each of asked) {
        const whole = { ...each, target: `/${name}/${each.target}` };
        const real = await ask(port, agent, whole);
        const own = ours.answer(whole);
        // Bodies that the file doesn't say are nginx's pages.
        const page = own && real && own.body === undefined ? { ...own, body: real.body } : own;
        assert.deepEqual(page, real, JSON.stringify(whole));
      }
    });
});

describe("what is wrong with variables is told in nginx's words", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "rondo-nginx-script-"));
  const file = join(folder, "nginx.conf");
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const statements of mistakes)
    test(statements, () => {
      writeFileSync(file, `pid ${folder}/pid;\nevents {}\nhttp { access_log off;\n${statements}\n}\n`);
      const { stderr } = spawnSync("/usr/sbin/nginx", ["-t", "-q", "-p", folder, "-c", file, "-e", "stderr"]);
      const real = /\[emerg\] (?:\d+#\d+: )?(.*?)(?: in \S+:\d+)?$/m.exec(stderr.toString("latin1"))?.[1];
      const { main, diagnostics } = readConfig(file);
      const said =
        diagnostics.find(({ severity }) => severity === "emerg") ?? new ScriptModel(main).findings[0];
      assert.equal(said?.message, real);
    });
});
