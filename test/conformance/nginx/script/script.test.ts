import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { freePorts } from "../../../support/free-ports.js";
import { nginxIsThere, RealNginx } from "../../../support/real-nginx.js";
import { ours } from "../http/ours.js";
import { type Asked, mistakes, scriptCases } from "./cases.js";

const skip = nginxIsThere() ? false : "needs Debian's nginx";
if (skip && process.env["CI"] === "true") throw new Error("nginx is missing");

/** What is there in the end: every answer has it as X-Seen. */
const seen = "$uri?$args|$1|$2|$a|$first|$rest";

/** What an answer says; undefined: the connection was closed without one. */
function ask(
  port: number,
  agent: Agent,
  host: string,
  { target, forwardedFor }: Asked,
): Promise<object | undefined> {
  const headers = { Host: host, ...(forwardedFor === undefined ? {} : { "X-Forwarded-For": forwardedFor }) };
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: "127.0.0.1", port, path: target, agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () => {
        const { date: _, ...fields } = response.headers;
        resolve({ status: response.statusCode, fields, body: Buffer.concat(pieces).toString("latin1") });
      });
    });
    sent.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" ? resolve(undefined) : reject(error),
    );
    sent.end();
  });
}

function configuration(port: number, paths: string): string {
  const locations = scriptCases.flatMap(({ name, location }) =>
    location === undefined ? [] : [`location /${name}/ { ${location} }`],
  );
  const common = `listen 127.0.0.1:${port}; root /none; absolute_redirect off; keepalive_requests 100000;
    add_header X-Seen "${seen}" always;`;
  const servers = scriptCases.flatMap(({ name, server }) =>
    server === undefined ? [] : [`server { server_name ${name}; ${common} ${server} }`],
  );
  return `http { access_log off; ${paths}
    ${scriptCases.map(({ http = "" }) => http).join("\n")}
    server { ${common} location /never/unset/ { set $a ""; set $b ""; set $c ""; } ${locations.join("\n")} }
    ${servers.join("\n")} }`;
}

describe("variables and rewrites of the same file in Debian's nginx and in ours", { skip }, () => {
  const agent = new Agent({ keepAlive: true });
  const ports = { real: 0, own: 0 };
  let nginx: RealNginx;
  let run: Awaited<ReturnType<typeof ours>>;

  before(async () => {
    nginx = new RealNginx();
    const [real, own] = (await freePorts(2)) as [number, number];
    Object.assign(ports, { real, own });
    const paths = `error_log stderr crit; client_body_temp_path ${nginx.directory}; proxy_temp_path ${nginx.directory};`;
    await nginx.start(configuration(real, paths), real);
    // Ours takes a text one character of which is one byte.
    const bytes = Buffer.from(`events {}\n${configuration(own, paths)}\n`).toString("latin1");
    run = await ours(bytes, nginx.directory);
  });

  after(async () => {
    agent.destroy();
    run?.stop();
    await nginx.stop();
  });

  for (const { name, asked } of scriptCases)
    test(name, async () => {
      for (const each of asked) {
        const whole = { ...each, target: `/${name}/${each.target}` };
        const real = await ask(ports.real, agent, name, whole);
        assert.deepEqual(await ask(ports.own, agent, name, whole), real, JSON.stringify(whole));
      }
    });
});

describe("what is wrong with variables is told in nginx's words", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "rondo-nginx-script-"));
  const file = join(folder, "nginx.conf");
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const statements of mistakes)
    test(statements, async () => {
      const text = `pid ${folder}/pid;\nevents {}\nhttp { access_log off;\n${statements}\n}\n`;
      writeFileSync(file, text);
      const { stderr } = spawnSync("/usr/sbin/nginx", ["-t", "-q", "-p", folder, "-c", file, "-e", "stderr"]);
      const words = /\[emerg\] (?:\d+#\d+: )?(.*?)(?: in \S+:\d+)?$/m;
      const real = words.exec(stderr.toString("latin1"))?.[1];
      const own = await ours(text, folder).then(
        (run) => run.stop(),
        (error: Error) => error.message.replace(/ in \S+:\d+$/, ""),
      );
      assert.equal(own, real);
    });
});
