import { spawnSync } from "node:child_process";
import { availableParallelism, release } from "node:os";
import { parseArgs } from "node:util";
import { requireKernel } from "../src/dataplane/xdp/require-kernel.js";
import { RondoError } from "../src/errors.js";
import { directorTeam } from "./director-team.js";
import { floorTeam } from "./floor-team.js";
import { measureAll, type Row } from "./measure.js";
import { Meter } from "./meter.js";
import { ratios, tableOf } from "./table.js";
import { traceTeam } from "./trace-team.js";

const help = `Measures our packet programs beside what clang makes of C, in one run. See bench/README.md.

  node dist/bench/packets.js [--json] [--runs 7] [--cpu 1] [--no-c | --trace]

  --json     the figures as JSON
  --runs N   rounds in which all programs take turns
  --cpu N    the CPU to run on; the last one, if not given
  --no-c     ours alone, without clang
  --trace    what \`rondo trace\` costs beside the director without it
`;

/** Set in the process that runs on one CPU only. */
const pinned = "RONDO_BENCH_CPU";

function main(): number {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      runs: { type: "string", default: "7" },
      cpu: { type: "string", default: `${availableParallelism() - 1}` },
      c: { type: "boolean", default: true },
      trace: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
    allowNegative: true,
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const rounds = wholeNumber("--runs", values.runs, 1);
  const cpu = wholeNumber("--cpu", values.cpu, 0);
  requireKernel();
  if (process.env[pinned] === undefined) return runOnCpu(cpu);

  const rows = measure(rounds, values.c, values.trace);
  if (values.json) console.log(JSON.stringify({ ...circumstances(rounds), rows }, null, 2));
  else print(rows, rounds);
  return 0;
}

function measure(rounds: number, c: boolean, trace: boolean): Row[] {
  const meter = new Meter();
  const teams = [];
  try {
    if (trace) teams.push(traceTeam(meter));
    else teams.push(floorTeam(meter, { c }), directorTeam(meter));
    const contestants = teams.flatMap((team) => team.contestants);
    return measureAll(meter, contestants, rounds);
  } finally {
    for (const team of teams) team.close();
    meter.close();
  }
}

function print(rows: readonly Row[], rounds: number): void {
  const { kernel, cpu, date } = circumstances(rounds);
  const named = (name: string) => rows.find((row) => row.name === name);
  console.log(tableOf(rows, named("C dr_set2") ?? named("director, no trace")));
  for (const name of ["dr_floor", "dr_set2", "dr_new_set2"]) {
    const [ours, theirs] = [named(`ours ${name}`), named(`C ${name}`)];
    if (ours && theirs) console.log(`${name}: ours / clang -O2 = ${ratios(ours, theirs).join("  ")}`);
  }
  console.log(`\nLinux ${kernel}, CPU ${cpu}, ${rounds} rounds, ${date}`);
}

const circumstances = (rounds: number) => ({
  kernel: release(),
  cpu: Number(process.env[pinned]),
  rounds,
  date: new Date().toISOString().slice(0, 10),
});

/** Runs this again on one CPU: caches stay warm, and no other CPU's speed comes in. */
function runOnCpu(cpu: number): number {
  const run = spawnSync(
    "taskset",
    ["-c", `${cpu}`, process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    {
      stdio: "inherit",
      env: { ...process.env, [pinned]: `${cpu}` },
    },
  );
  if (run.error)
    throw new RondoError("no-taskset", `this can't be bound to one CPU: ${run.error.message}`, {
      remedy: "Install util-linux, which has taskset.",
    });
  return run.status ?? 1;
}

function wholeNumber(option: string, text: string, least: number): number {
  if (/^\d{1,4}$/.test(text) && Number(text) >= least) return Number(text);
  throw new RondoError("bad-option", `${option} takes a whole number from ${least} on, not "${text}"`);
}

try {
  process.exitCode = main();
} catch (error) {
  const known =
    error instanceof RondoError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  if (!known) throw error;
  const { message, remedy, exitStatus } = error as RondoError;
  console.error(`bench: ${message}${remedy ? `\n${remedy}` : ""}`);
  process.exitCode = exitStatus ?? 2;
}
