import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type AgentReport, longestAnswer, parseAgentLine } from "../../health/index.js";
import type { Measures } from "./formula.js";

/** What the agent looks at. */
export interface SourceOptions {
  readonly load: boolean;
  readonly memory: boolean;
  /** The port whose established connections are counted. */
  readonly connectionsOf?: number;
  /** A file whose first line is an answer, or part of one. */
  readonly file?: string;
  /** A shell's command that prints such a line. */
  readonly command?: string;
  /** How long the command may take, in milliseconds. */
  readonly commandTime: number;
}

/** What was found, and what a file or a command has said beside a percentage. */
export interface Found {
  readonly measures: Measures;
  readonly said: AgentReport;
  /** What couldn't be had, a sentence each. */
  readonly troubles: readonly string[];
}

/** Looks at all sources that are asked for. */
export async function lookAtSources(options: SourceOptions, signal?: AbortSignal): Promise<Found> {
  const troubles: string[] = [];
  const attempt = <T>(what: string, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      troubles.push(`${what} can't be read: ${(error as Error).message}`);
      return undefined;
    }
  };
  const load = options.load ? attempt("the load", () => readLoad(text("/proc/loadavg"))) : undefined;
  const memory = options.memory ? attempt("the memory", () => readMemory(text("/proc/meminfo"))) : undefined;
  const port = options.connectionsOf;
  const connections =
    port === undefined ? undefined : attempt("the connections", () => countConnections(port));
  const reports: AgentReport[] = [];
  const { file, command } = options;
  if (file !== undefined) {
    const line = attempt("the file", () => beginningOf(file));
    if (line !== undefined) reports.push(understand(line, file, troubles));
  }
  if (command !== undefined) reports.push(await runCommand(command, options.commandTime, troubles, signal));
  const said: AgentReport = Object.assign({}, ...reports);
  return {
    measures: {
      cpus: availableParallelism(),
      ...(load !== undefined && { load }),
      ...(memory !== undefined && { memory }),
      ...(connections !== undefined && { connections }),
      given: reports.flatMap(({ percent }) => percent ?? []),
    },
    said,
    troubles,
  };
}

const text = (path: string): string => readFileSync(path, "utf8");

/** No more of a file than an answer may have; a pipe that nobody writes to is not waited for. */
function beginningOf(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(longestAnswer);
    return bytes.toString("utf8", 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

/** The first of /proc/loadavg's numbers: "0.42 0.36 0.30 1/512 4711". */
export function readLoad(loadavg: string): number {
  const load = Number(/^(\d+\.\d+) /.exec(loadavg)?.[1] ?? Number.NaN);
  if (Number.isNaN(load)) throw new Error("/proc/loadavg has no number");
  return load;
}

/** From /proc/meminfo's lines: "MemTotal:       16384 kB". */
export function readMemory(meminfo: string): { available: number; total: number } {
  const value = (name: string) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(meminfo)?.[1];
    if (found === undefined) throw new Error(`/proc/meminfo has no ${name}`);
    return Number(found) * 1024;
  };
  return { available: value("MemAvailable"), total: value("MemTotal") };
}

function countConnections(port: number): number {
  let count = establishedAt(text("/proc/net/tcp"), port);
  try {
    count += establishedAt(text("/proc/net/tcp6"), port);
  } catch {
    // A kernel without IPv6 has no such file.
  }
  return count;
}

/**
 * How many lines of /proc/net/tcp or tcp6 are connections of a local port that are established (state 01):
 *
 *     sl  local_address rem_address   st tx_queue rx_queue …
 *      0: 0100007F:1F90 0200007F:C350 01 00000000:00000000 …
 */
export function establishedAt(table: string, port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return table.match(new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:[0-9A-F]{4} 01 `, "gm"))?.length ?? 0;
}

function understand(line: string, where: string, troubles: string[]): AgentReport {
  const { report, unknown } = parseAgentLine(line.slice(0, longestAnswer));
  if (unknown.length > 0) troubles.push(`${where} says ${JSON.stringify(unknown[0])}, which means nothing`);
  return report;
}

/** How long the output of a command is waited for that has ended, in milliseconds. */
const outputPatience = 200;

/** What a command prints in its first line. One that ends badly or takes too long says "fail". */
async function runCommand(
  command: string,
  time: number,
  troubles: string[],
  signal?: AbortSignal,
): Promise<AgentReport> {
  const child = spawn("/bin/sh", ["-c", command], {
    stdio: ["ignore", "pipe", "ignore"],
    cwd: "/",
    // A group of its own: what the shell has started ends with it.
    detached: true,
  });
  const kill = () => killGroup(child);
  const timer = setTimeout(kill, Math.min(time, 2 ** 31 - 1));
  signal?.addEventListener("abort", kill);
  let said = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (part: string) => {
    if (said.length < longestAnswer) said += part;
  });
  const [code, cause] = await new Promise<[number | null, string]>((resolve) => {
    child.once("error", (error) => resolve([null, error.message]));
    child.once("close", (code, killed) => resolve([code, killed ? "took too long" : ""]));
    // What it has left running may hold its output open: the end of that isn't waited for long.
    child.once("exit", () => setTimeout(() => child.stdout.destroy(), outputPatience));
  });
  clearTimeout(timer);
  signal?.removeEventListener("abort", kill);
  killGroup(child);
  if (code === 0) return understand(said, "the command", troubles);
  const why = cause || `ended with status ${code}`;
  troubles.push(`the command ${why}`);
  return { operating: "fail", description: `command ${why}` };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
