// The proxy engine alone, without a role: node dist/bench/engine.js [--seconds N] [--connections N] [--size BYTES]
// Needs wrk and haproxy. Everything runs on one processor, one proxy after the other; the second figure is what counts on a busy machine.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    connections: { type: "string", default: "32" },
    size: { type: "string", default: "1024" },
    rounds: { type: "string", default: "3" },
  },
});
const server = new URL("engine-server.js", import.meta.url).pathname;
const base = 24_500;
const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

function ours(role: string, port: number, wires: string): Promise<ChildProcess> {
  const words = ["-c", "0", process.execPath, server, role, String(port), String(base), values.size];
  const child = spawn("taskset", words, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, RONDO_WIRES: wires },
  });
  return new Promise((done) => child.stdout?.once("data", () => done(child)));
}

/** Processor time that a process has had, in seconds (proc(5), stat: utime, stime). */
function cpu(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

interface Figures {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

function load(pid: number, port: number): Figures {
  const before = cpu(pid);
  const { seconds, connections } = values;
  const words = ["-c", "0", "wrk", "-t1", `-c${connections}`, `-d${seconds}s`, `http://127.0.0.1:${port}/`];
  const { stdout } = spawnSync("taskset", words, { encoding: "utf8" });
  const used = cpu(pid) - before;
  const all = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0);
  return { perSecond, perCpuSecond: all / used };
}

const folder = mkdtempSync(join(tmpdir(), "rondo-engine-"));
const config = join(folder, "haproxy.cfg");
writeFileSync(
  config,
  `global
  nbthread 1
defaults
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen http
  mode http
  bind 127.0.0.1:${base + 1}
  http-reuse always
  server s 127.0.0.1:${base}
listen tcp
  mode tcp
  bind 127.0.0.1:${base + 2}
  server s 127.0.0.1:${base}
`,
);
const children: ChildProcess[] = [];
try {
  const origin = await ours("origin", base, "epoll");
  const haproxy = spawn("taskset", ["-c", "0", "haproxy", "-db", "-f", config], { stdio: "ignore" });
  children.push(origin, haproxy);
  const contestants: [string, ChildProcess, number][] = [
    ["no proxy", origin, base],
    ["haproxy http", haproxy, base + 1],
    ["haproxy tcp", haproxy, base + 2],
  ];
  for (const [at, [role, wires]] of (
    [
      ["http", "epoll"],
      ["tcp", "epoll"],
      ["http", "net"],
      ["tcp", "net"],
    ] as const
  ).entries()) {
    const child = await ours(role, base + 3 + at, wires);
    children.push(child);
    contestants.push([`ours ${role}, ${wires}`, child, base + 3 + at]);
  }
  for (let round = 1; round <= Number(values.rounds); round++)
    for (const [name, child, port] of contestants) {
      const { perSecond, perCpuSecond } = load(child.pid as number, port);
      const figures = `${perSecond.toFixed(0).padStart(8)} /s ${perCpuSecond.toFixed(0).padStart(8)} /CPU s`;
      console.log(`${round}  ${name.padEnd(18)} ${figures}`);
    }
} finally {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
}
