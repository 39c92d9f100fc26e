import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { rondoPath } from "../src/package-root.js";

const help = `Measures proxies beside each other: ours, HAProxy and nginx, everything on one CPU. See docs/performance.md.

  node dist/bench/proxies.js [--json] [--runs 5] [--seconds 3] [--warm 20] [--cpu 1] [--loads keep-alive,new,1m] [--only ours-http,haproxy-http,…]

Wants taskset, wrk, haproxy and nginx (Debian: util-linux, wrk, haproxy, nginx-light, libnginx-mod-stream).
`;

const port = { backend: 21_800, proxy: 21_801 };

/** What is asked for; wrk keeps so many connections busy. */
const loads = {
  "keep-alive": { what: "1 KiB, keep-alive", path: "/1k", words: ["-c", "32"] },
  new: { what: "1 KiB, a connection each", path: "/1k", words: ["-c", "32", "-H", "Connection: close"] },
  "1m": { what: "1 MiB, keep-alive", path: "/1m", words: ["-c", "8"] },
} as const;
type Load = keyof typeof loads;

interface Contestant {
  readonly name: string;
  /** Starts it on the port of the proxy; none for "direct", which asks the web server itself. */
  readonly start?: (folder: string) => readonly string[];
}

const haproxyFile = (mode: "http" | "tcp") => `global
    nbthread 1
    maxconn 4000
defaults
    mode ${mode}
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind 127.0.0.1:${port.proxy}
    server s1 127.0.0.1:${port.backend}
`;

const nginxFile = (kind: "http" | "stream", folder: string) => `worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log;
${kind === "stream" ? "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n" : ""}events { worker_connections 4000; }
${
  kind === "http"
    ? `http { access_log off; upstream web { server 127.0.0.1:${port.backend}; keepalive 64; }
server { listen 127.0.0.1:${port.proxy}; keepalive_requests 1000000000; location / { proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`
    : `stream { server { listen 127.0.0.1:${port.proxy}; proxy_pass 127.0.0.1:${port.backend}; } }`
}
`;

const written = (folder: string, name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const contestants: readonly Contestant[] = [
  { name: "direct" },
  ...(["http", "tcp"] as const).flatMap((mode) => [
    {
      name: `haproxy-${mode}`,
      start: (folder: string) => ["haproxy", "-db", "-f", written(folder, `${mode}.cfg`, haproxyFile(mode))],
    },
    {
      name: `ours-${mode}`,
      start: (folder: string) => [
        process.execPath,
        rondoPath,
        "haproxy",
        "-db",
        "-f",
        written(folder, `${mode}.cfg`, haproxyFile(mode)),
      ],
    },
  ]),
  ...(["http", "stream"] as const).map((kind) => ({
    name: `nginx-${kind}`,
    start: (folder: string) => ["nginx", "-c", written(folder, `${kind}.conf`, nginxFile(kind, folder))],
  })),
];

interface Figure {
  readonly perSecond: number;
  /** Requests for each second of CPU that the proxy's own processes took; NaN of "direct". */
  readonly perCpuSecond: number;
  readonly failed: number;
}

const ticks = 100; // USER_HZ

/** Seconds of CPU that a process and its children have taken. */
function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) / ticks;
  }, 0);
}

function withChildren(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(/\s+/)
    .filter(Boolean);
  return [pid, ...children.flatMap((child) => withChildren(Number(child)))];
}

async function listening(at: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 500 && child.exitCode === null; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(at, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error(`nothing listens at port ${at}`);
}

async function begin(cpu: string, command: readonly string[], at: number): Promise<ChildProcess> {
  const child = spawn("taskset", ["-c", cpu, ...command], { stdio: ["ignore", "ignore", "inherit"] });
  await listening(at, child);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

function load(
  cpu: string,
  at: number,
  which: Load,
  seconds: number,
): { requests: number; seconds: number; failed: number } {
  const { path, words } = loads[which];
  const url = `http://127.0.0.1:${at}${path}`;
  const run = spawnSync("taskset", ["-c", cpu, "wrk", "-t1", `-d${seconds}s`, ...words, url], {
    encoding: "utf8",
  });
  const found = /(\d+) requests in ([\d.]+)(m?s|m)/.exec(run.stdout);
  if (!found) throw new Error(`wrk said: ${run.stdout}${run.stderr}`);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(run.stdout);
  const statuses = /Non-2xx or 3xx responses: (\d+)/.exec(run.stdout);
  const failed = [...(errors?.slice(1) ?? []), statuses?.[1] ?? 0].reduce(
    (sum: number, each) => sum + Number(each),
    0,
  );
  return { requests: Number(found[1]), seconds: Number(found[2]), failed };
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
      const peer = rows.find(
        (each) =>
          each.load === which &&
          each.name === `haproxy-${row.name.endsWith("tcp") || row.name.endsWith("stream") ? "tcp" : "http"}`,
      );
      const ratio = (a: number, b: number | undefined) =>
        b && Number.isFinite(a) ? ` (${(a / b).toFixed(2)})` : "";
      process.stdout.write(
        `  ${row.name.padEnd(14)}${String(row.perSecond).padStart(8)} r/s${ratio(row.perSecond, peer?.perSecond).padEnd(8)}${Number.isFinite(row.perCpuSecond) ? `${String(row.perCpuSecond).padStart(9)} per CPU-second${ratio(row.perCpuSecond, peer?.perCpuSecond)}` : ""}${row.failed > 0 ? `  ${row.failed} FAILED` : ""}\n`,
      );
    }
  }
