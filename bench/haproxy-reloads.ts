import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { rondoPath } from "../src/package-root.js";
import { closeAgents, freePort, httpKind, runLoad, sizeOf, startServers, tcpKind } from "./haproxy-load.js";

const help = `Has a master of rondo haproxy reload again and again under load, and counts requests that are lost.

  node dist/bench/haproxy-reloads.js [--reloads 100] [--loops 4] [--program /usr/sbin/haproxy] [--json]

The load: kept connections, a connection for each request, bodies, plain TCP; so many loops of each. A reload is over when the worker before it has ended. A kept
connection that is closed at the moment at which it is used again is the client's to repeat, and counted apart. --program measures another one.

Exit status: 0 no request was lost; 1 one was, or a reload failed; 2 a mistake in the words.
`;

async function reloads(
  times: number,
  loops: number,
  program: string | undefined,
  json: boolean,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "rondo-reloads-"));
  const servers = await startServers();
  const ports = { web: await freePort(), tcp: await freePort() };
  const path = join(folder, "haproxy.cfg");
  writeFileSync(
    path,
    `global
    maxconn 4000
    nbthread 1
    hard-stop-after 30s
defaults
    mode http
    timeout connect 10s
    timeout client 10s
    timeout server 10s
listen web
    bind 127.0.0.1:${ports.web}
    server s1 127.0.0.1:${servers.http}
listen plain
    mode tcp
    bind 127.0.0.1:${ports.tcp}
    server s1 127.0.0.1:${servers.tcp}
`,
  );
  const words = ["-W", "-f", path];
  const [file, all] =
    program === undefined ? [process.execPath, [rondoPath, "haproxy", ...words]] : [program, words];
  const master = spawn(file, all, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  let former = 0;
  let failures = 0;
  master.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    const lines = said.split("\n");
    said = lines.pop() ?? "";
    for (const line of lines) {
      if (/Former worker \(\d+\) exited/.test(line)) former++;
      if (line.includes("Loading failure")) failures++;
    }
  });
  let ended = false;
  const end = once(master, "exit").then(() => {
    ended = true;
  });
  const until = async (what: string, holds: () => boolean | Promise<boolean>) => {
    for (const limit = performance.now() + 60_000; !(await holds()); await sleep(10))
      if (ended || performance.now() > limit)
        throw new Error(`${ended ? "the master has ended" : "in vain"}: ${what}`);
  };
  try {
    const kinds = [
      httpKind("kept", { port: ports.web, keep: true }),
      httpKind("closed", { port: ports.web, keep: false }),
      httpKind("body", { port: ports.web, keep: true, body: 65_536 }),
      tcpKind("TCP", ports.tcp),
    ];
    await until("an answer", () =>
      kinds[1]!.once().then(
        () => true,
        () => false,
      ),
    );
    const before = sizeOf(master.pid as number);
    const load = runLoad(kinds, loops);
    const took: number[] = [];
    for (let at = 0; at < times; at++) {
      const start = performance.now();
      const goal = former + 1;
      const lost = load.failed.length;
      master.kill("SIGUSR2");
      await until(`the end of the worker before reload ${at + 1}`, () => former >= goal || failures > 0);
      if (failures > 0) throw new Error(`reload ${at + 1} failed`);
      took.push(performance.now() - start);
      if (!json && (load.failed.length > lost || (at + 1) % 10 === 0))
        console.log(`reload ${at + 1}: ${load.failed.length} lost until now`);
    }
    await load.stop();
    const after = sizeOf(master.pid as number);
    const requests = Object.values(load.done()).reduce((sum, each) => sum + each, 0);
    const median = [...took].sort((a, b) => a - b)[took.length >> 1] ?? 0;
    const result = {
      reloads: times,
      requests,
      lost: load.failed.length,
      repeated: load.repeated(),
      medianMs: Math.round(median),
      master: { before, after },
    };
    if (json) console.log(JSON.stringify({ ...result, failures: load.failed.slice(0, 20) }));
    else {
      console.log(
        `${times} reloads, ${requests} requests: ${result.lost} lost, ${result.repeated} repeated on kept connections; a reload takes ${result.medianMs} ms (median)`,
      );
      console.log(
        `master: ${before.descriptors} descriptors, then ${after.descriptors}; ${(before.rss / 1024).toFixed(1)} MiB, then ${(after.rss / 1024).toFixed(1)}`,
      );
      for (const text of load.failed.slice(0, 10)) console.log(`  ${text}`);
    }
    return result.lost > 0 || after.descriptors > before.descriptors + 8 ? 1 : 0;
  } finally {
    closeAgents();
    // The workers of one that is killed would stay with the real one.
    master.kill("SIGTERM");
    await Promise.race([end, sleep(5000)]);
    master.kill("SIGKILL");
    servers.close();
    rmSync(folder, { recursive: true });
  }
}

const { values } = parseArgs({
  options: {
    reloads: { type: "string", default: "100" },
    loops: { type: "string", default: "4" },
    program: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const [times, loops] = [Number(values.reloads), Number(values.loops)];
if (values.help) process.stdout.write(help);
else if (!(times > 0 && loops > 0)) {
  process.stderr.write(help);
  process.exitCode = 2;
} else process.exitCode = await reloads(times, loops, values.program, values.json);
