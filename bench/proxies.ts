import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Contestant, contestants, port, written } from "./proxy-contestants.js";
import { begin, cpuSeconds, end, type Load, load, loads, withChildren } from "./proxy-load.js";

const help = `Measures proxies beside each other: ours, HAProxy and nginx, everything on one CPU. See docs/performance.md.

  node dist/bench/proxies.js [--json] [--runs 5] [--seconds 3] [--warm 20] [--cpu 1] [--loads keep-alive,new,1m] [--only ours-http,haproxy-http,ours-nginx-http,nginx-http,…]

Wants taskset, wrk, haproxy and nginx (Debian: util-linux, wrk, haproxy, nginx-light, libnginx-mod-stream).
`;

interface Figure {
  readonly perSecond: number;
  /** Requests for each second of CPU that the proxy's own processes took; NaN of "direct". */
  readonly perCpuSecond: number;
  readonly failed: number;
}

async function measure(contestant: Contestant, which: Load, options: Options): Promise<Figure> {
  const { cpu, seconds, warm, folder } = options;
  if (!contestant.start) {
    const { requests, seconds: took, failed } = load(cpu, port.backend, which, seconds);
    return { perSecond: requests / took, perCpuSecond: Number.NaN, failed };
  }
  const child = await begin(cpu, contestant.start(folder), port.proxy);
  try {
    load(cpu, port.proxy, which, warm); // what compiles itself while it runs takes some ten thousand requests for that
    const pids = withChildren(child.pid as number);
    const before = cpuSeconds(pids);
    const { requests, seconds: took, failed } = load(cpu, port.proxy, which, seconds);
    return { perSecond: requests / took, perCpuSecond: requests / (cpuSeconds(pids) - before), failed };
  } finally {
    await end(child);
  }
}

interface Options {
  readonly cpu: string;
  readonly seconds: number;
  readonly warm: number; // seconds of load before what is measured
  readonly folder: string;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const { values } = parseArgs({
  options: {
    help: { type: "boolean" },
    json: { type: "boolean" },
    runs: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    warm: { type: "string", default: "20" },
    cpu: { type: "string", default: "1" },
    loads: { type: "string", default: Object.keys(loads).join(",") },
    only: { type: "string" },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "rondo-proxies-"));
writeFileSync(join(folder, "1k"), "x".repeat(1024));
writeFileSync(join(folder, "1m"), "x".repeat(1024 * 1024));
const web = written(
  folder,
  "web.conf",
  `worker_processes 1; daemon off; pid ${folder}/web.pid; error_log ${folder}/web.log; events { worker_connections 4000; }
http { access_log off; sendfile on; open_file_cache max=10; keepalive_requests 1000000000; server { listen 127.0.0.1:${port.backend} backlog=4096; root ${folder}; } }\n`,
);
spawnSync("chmod", ["-R", "a+rX", folder]);
const options: Options = {
  cpu: values.cpu,
  seconds: Number(values.seconds),
  warm: Number(values.warm),
  folder,
};
const only = values.only?.split(",");
const chosen = contestants.filter(({ name }) => only === undefined || only.includes(name));
const backend = await begin(values.cpu, ["nginx", "-c", web], port.backend);
const figures = new Map<string, Figure[]>();
try {
  for (const which of values.loads.split(",") as Load[])
    for (let run = 0; run < Number(values.runs); run++)
      for (const contestant of chosen) {
        if (process.stderr.isTTY)
          process.stderr.write(`\r\x1b[K${which}, run ${run + 1}: ${contestant.name}`);
        const key = `${which} ${contestant.name}`;
        figures.set(key, [...(figures.get(key) ?? []), await measure(contestant, which, options)]);
      }
} finally {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  await end(backend);
  rmSync(folder, { recursive: true, force: true });
}
const rows = [...figures].map(([key, all]) => {
  const [which, name] = key.split(" ") as [Load, string];
  return {
    load: which,
    name,
    perSecond: Math.round(median(all.map((each) => each.perSecond))),
    perCpuSecond: Math.round(median(all.map((each) => each.perCpuSecond))),
    failed: all.reduce((sum, each) => sum + each.failed, 0),
  };
});
if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 1)}\n`);
else
  for (const which of new Set(rows.map(({ load: each }) => each))) {
    process.stdout.write(`${loads[which].what}\n`);
    for (const row of rows.filter((each) => each.load === which)) {
      const { peer: beside } = contestants.find(({ name }) => name === row.name) as Contestant;
      const peer = rows.find((each) => each.load === which && each.name === beside);
      const ratio = (a: number, b: number | undefined) =>
        b && Number.isFinite(a) ? ` (${(a / b).toFixed(2)})` : "";
      process.stdout.write(
        `  ${row.name.padEnd(18)}${String(row.perSecond).padStart(8)} r/s${ratio(row.perSecond, peer?.perSecond).padEnd(8)}${Number.isFinite(row.perCpuSecond) ? `${String(row.perCpuSecond).padStart(9)} per CPU-second${ratio(row.perCpuSecond, peer?.perCpuSecond)}` : ""}${row.failed > 0 ? `  ${row.failed} FAILED` : ""}\n`,
      );
    }
  }
