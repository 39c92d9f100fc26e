import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { rondoPath } from "../src/package-root.js";
import {
  closeAgents,
  freePort,
  httpKind,
  runLoad,
  sizeOf,
  startServers,
  tcpKind,
  writeCertificate,
} from "./haproxy-load.js";

const help = `Runs rondo haproxy at full load for a while, and looks whether its memory or its descriptors grow.

  node dist/bench/haproxy-soak.js [--minutes 3] [--every SECONDS] [--loops 4] [--threads 1] [--json]

The load: kept connections, a connection for each request, bodies of 64 KiB to the server, answers of 1 MiB, TLS (kept, and a handshake each),
plain TCP; so many loops of each. Everything is on 127.0.0.1. The first third of the time is warming up. It has grown where the last third's
median of memory is more than 15 % and 8 MiB above the second third's, where its most descriptors are more than half above, or where, when all clients
have gone, more than 40 descriptors are left than there were before. Wants openssl.

Exit status: 0 nothing grew and no request was lost; 1 something did; 2 a mistake in the words.
`;

interface Sample {
  readonly seconds: number;
  readonly rss: number; // KiB
  readonly descriptors: number;
  readonly requests: number;
}

const configuration = (
  ports: { web: number; tls: number; tcp: number },
  servers: { http: number; tcp: number },
  certificate: string,
  threads: number,
) => `global
    nbthread ${threads}
    maxconn 4000
defaults
    mode http
    timeout connect 10s
    timeout client 30s
    timeout server 30s
listen web
    bind 127.0.0.1:${ports.web}
    bind 127.0.0.1:${ports.tls} ssl crt ${certificate}
    server s1 127.0.0.1:${servers.http} pool-purge-delay 1s
listen plain
    mode tcp
    bind 127.0.0.1:${ports.tcp}
    server s1 127.0.0.1:${servers.tcp}
`;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

async function soak(minutes: number, every: number, loops: number, threads: number, json: boolean) {
  const folder = mkdtempSync(join(tmpdir(), "rondo-soak-"));
  const servers = await startServers();
  const ports = { web: await freePort(), tls: await freePort(), tcp: await freePort() };
  const path = join(folder, "haproxy.cfg");
  writeFileSync(path, configuration(ports, servers, writeCertificate(folder), threads));
  const proxy = spawn(process.execPath, [rondoPath, "haproxy", "-db", "-f", path], { stdio: "inherit" });
  let ended = false;
  const end = once(proxy, "exit").then(() => {
    ended = true;
  });
  try {
    const kinds = [
      httpKind("kept", { port: ports.web, keep: true }),
      httpKind("closed", { port: ports.web, keep: false }),
      httpKind("body", { port: ports.web, keep: true, body: 65_536 }),
      httpKind("1 MiB", { port: ports.web, keep: true, path: "/1m" }),
      httpKind("TLS kept", { port: ports.tls, keep: true, tls: true }),
      httpKind("TLS closed", { port: ports.tls, keep: false, tls: true }),
      tcpKind("TCP", ports.tcp),
    ];
    for (;;) {
      if (ended) throw new Error("the proxy has ended");
      if (
        await kinds[1]!.once().then(
          () => true,
          () => false,
        )
      )
        break;
      await sleep(50);
    }
    const pid = proxy.pid as number;
    const before = sizeOf(pid);
    const samples: Sample[] = [];
    const load = runLoad(kinds, loops);
    const count = () => Object.values(load.done()).reduce((sum, each) => sum + each, 0);
    if (!json)
      console.log(
        `${"seconds".padStart(8)} ${"MiB".padStart(7)} ${"descriptors".padStart(12)} ${"requests".padStart(10)} ${"per second".padStart(11)}`,
      );
    const start = performance.now();
    let last = 0;
    while (performance.now() - start < minutes * 60_000 && !ended) {
      await sleep(Math.min(every * 1000, Math.max(1, minutes * 60_000 - (performance.now() - start))));
      if (ended) break;
      const seconds = (performance.now() - start) / 1000;
      const sample: Sample = { seconds, ...sizeOf(pid), requests: count() };
      samples.push(sample);
      if (!json)
        console.log(
          `${seconds.toFixed(0).padStart(8)} ${(sample.rss / 1024).toFixed(1).padStart(7)} ${String(sample.descriptors).padStart(12)} ${String(sample.requests).padStart(10)} ${((sample.requests - last) / every).toFixed(0).padStart(11)}`,
        );
      last = sample.requests;
    }
    await load.stop();
    closeAgents();
    let after = ended ? before : sizeOf(pid);
    // Idle connections to servers stay for a while.
    for (
      const until = performance.now() + 10_000;
      performance.now() < until && after.descriptors > before.descriptors + 8;
    ) {
      await sleep(250);
      after = sizeOf(pid);
    }
    const third = Math.floor(samples.length / 3);
    const middle = samples.slice(third, 2 * third);
    const end_ = samples.slice(2 * third);
    const rss = { middle: median(middle.map((each) => each.rss)), end: median(end_.map((each) => each.rss)) };
    const most = (list: readonly Sample[]) => Math.max(0, ...list.map((each) => each.descriptors));
    const grown = [
      ...(ended ? ["the proxy has ended"] : []),
      ...(rss.end > rss.middle * 1.15 && rss.end > rss.middle + 8192
        ? [`memory grew from ${(rss.middle / 1024).toFixed(1)} to ${(rss.end / 1024).toFixed(1)} MiB`]
        : []),
      ...(most(end_) > most(middle) * 1.5 + 8
        ? [`descriptors grew from ${most(middle)} to ${most(end_)}`]
        : []),
      ...(after.descriptors > before.descriptors + 40
        ? [`${after.descriptors} descriptors are left, there were ${before.descriptors}`]
        : []),
      ...(load.failed.length > 0
        ? [`${load.failed.length} requests failed; the first: ${load.failed[0]}`]
        : []),
    ];
    if (json)
      console.log(
        JSON.stringify({
          samples,
          done: load.done(),
          repeated: load.repeated(),
          failed: load.failed.length,
          before,
          after,
          grown,
        }),
      );
    else {
      console.log(
        `requests: ${Object.entries(load.done())
          .map(([name, times]) => `${name} ${times}`)
          .join(", ")}; repeated ${load.repeated()}; failed ${load.failed.length}`,
      );
      console.log(`descriptors: ${before.descriptors} before, ${after.descriptors} after`);
      console.log(grown.length > 0 ? grown.join("\n") : "nothing grew");
    }
    return grown.length > 0 ? 1 : 0;
  } finally {
    closeAgents();
    proxy.kill("SIGKILL");
    await end;
    servers.close();
    rmSync(folder, { recursive: true });
  }
}

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "3" },
    every: { type: "string" },
    loops: { type: "string", default: "4" },
    threads: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const minutes = Number(values.minutes);
const every = Number(values.every ?? Math.max(1, Math.min(30, minutes * 2)));
const [loops, threads] = [Number(values.loops), Number(values.threads)];
if (values.help) process.stdout.write(help);
else if (![minutes, every, loops, threads].every((each) => each > 0)) {
  process.stderr.write(help);
  process.exitCode = 2;
} else process.exitCode = await soak(minutes, every, loops, threads, values.json);
