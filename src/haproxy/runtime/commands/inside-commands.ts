import { performance } from "node:perf_hooks";
import v8 from "node:v8";
import { processMemory } from "../../stats/index.js";
import { type Command, type CommandCall, failure, notice, type Reply, warning } from "../command.js";

/** What the process does inside. Where HAProxy tells of its own threads, tasks and pools, Node's stand in the same form. */
export const insideCommands: readonly Command[] = [
  {
    words: ["show", "activity"],
    usage:
      "show activity                           : show per-thread activity stats (for support/developers)",
    run: showActivity,
  },
  {
    words: ["show", "threads"],
    usage: "show threads                            : show some threads debugging information",
    run: showThreads,
  },
  {
    words: ["show", "tasks"],
    usage: "show tasks                              : show running tasks",
    run: showTasks,
  },
  {
    words: ["show", "pools"],
    usage: "show pools                              : report information about the memory pools usage",
    run: showPools,
  },
  {
    words: ["show", "profiling"],
    usage: "show profiling [<what>|<#lines>|byaddr]*: show profiling state (all,status,tasks,memory)",
    run: () =>
      "Per-task CPU profiling              : off           # set profiling tasks {on|auto|off}\n" +
      "Memory usage profiling              : off           # set profiling memory {on|off}\n",
  },
  {
    words: ["set", "profiling"],
    usage: "set profiling <what> {auto|on|off}      : enable/disable resource profiling (tasks,memory)",
    level: "admin",
    run: setProfiling,
  },
  {
    words: ["show", "trace"],
    usage: "show trace [<module>]                   : show live tracing state",
    run: ({ word }) =>
      word(2) === ""
        ? "Supported trace sources and states (.=stopped, w=waiting, R=running) :\n"
        : failure("No such trace source"),
  },
  {
    words: ["trace"],
    usage: "trace [<module>|0] [cmd [args...]]      : manage live tracing (empty to list, 0 to stop all)",
    run: ({ word }) => {
      if (word(1) === "")
        return warning("Supported trace sources and states (.=stopped, w=waiting, R=running) :\n");
      return word(1) === "0" ? notice("All traces now stopped") : failure("No such trace source");
    },
  },
];

function showActivity({ host, gauges }: CommandCall): Reply {
  const { user, system } = process.cpuUsage();
  const { active } = performance.eventLoopUtilization();
  const now = Date.now();
  const accepted = [...gauges.fronts()].reduce((sum, front) => sum + front.counters.total("connections"), 0);
  const usage = process.resourceUsage();
  const lines = {
    thread_id: `1 (1..${host.threads})`,
    date_now: `${Math.floor(now / 1000)}.${String(now % 1000).padStart(3, "0")}000`,
    ctxsw: usage.voluntaryContextSwitches + usage.involuntaryContextSwitches,
    tasksw: 0,
    empty_rq: 0,
    long_rq: 0,
    loops: 0,
    wake_tasks: 0,
    wake_signal: 0,
    poll_io: 0,
    poll_exp: 0,
    poll_drop_fd: 0,
    poll_skip_fd: 0,
    conn_dead: 0,
    stream_calls: 0,
    pool_fail: 0,
    buf_wait: 0,
    cpust_ms_tot: Math.round((user + system) / 1000),
    cpust_ms_1s: 10 * (100 - gauges.idlePercent),
    cpust_ms_15s: 0,
    avg_loop_us: Math.round(active),
    accepted,
    accq_pushed: 0,
    accq_full: 0,
    accq_ring: 0,
    fd_takeover: 0,
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}

function showThreads({ host, gauges }: CommandCall): Reply {
  const { user, system } = process.cpuUsage();
  const lines = [
    `* Thread 1 : id=0x${host.process.pid.toString(16)} act=1 glob=0 wq=1 rq=0 tl=0 tlsz=0 rqsz=0\n`,
    `      1/${host.threads}    stuck=0 prof=0 harmless=0 wantrdv=0\n`,
    `             cpu_ns: poll=0 now=${1000 * (user + system)} diff=0\n`,
    `             idle=${gauges.idlePercent}% streams=${host.process.streams.size}\n`,
  ];
  for (let thread = 2; thread <= host.threads; thread++)
    lines.push(`  Thread ${thread} : a worker thread of Node, of which this one knows no more\n`);
  return lines.join("");
}

function showTasks({ host }: CommandCall): Reply {
  const kinds = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) kinds.set(name, (kinds.get(name) ?? 0) + 1);
  const total = [...kinds.values()].reduce((sum, count) => sum + count, 0);
  const lines = [...kinds].map(
    ([name, count]) =>
      `  ${name.padEnd(26)} ${String(count).padStart(8)} ${((100 * count) / total).toFixed(1).padStart(6)}\n`,
  );
  return [
    `Running tasks: ${total} (${host.threads} threads)\n`,
    "  function                     places     %    lat_tot   lat_avg\n",
    ...lines,
  ].join("");
}

/** The heap's spaces, and buffers outside of it. */
function showPools(): Reply {
  const { external, arrayBuffers } = processMemory();
  const spaces = v8.getHeapSpaceStatistics().map(({ space_name, space_size, space_used_size }) => ({
    name: space_name,
    allocated: space_size,
    used: space_used_size,
  }));
  spaces.push({ name: "array_buffers", allocated: arrayBuffers, used: arrayBuffers });
  spaces.push({ name: "external", allocated: external, used: external });
  const lines = spaces.map(
    ({ name, allocated, used }) =>
      `  - Pool ${name} (1 bytes) : ${allocated} allocated (${allocated} bytes), ${used} used, needed_avg ${used}, 0 failures, 1 users [SHARED]\n`,
  );
  const total = spaces.reduce(
    (sum, { allocated, used }) => [sum[0] + allocated, sum[1] + used] as [number, number],
    [0, 0] as [number, number],
  );
  return [
    "Dumping pools usage: the heap's spaces, and what lies outside of it.\n",
    ...lines,
    `Total: ${spaces.length} pools, ${total[0]} bytes allocated, ${total[1]} used.\n`,
  ].join("");
}

function setProfiling({ word }: CommandCall): Reply {
  const [what, how] = [word(2), word(3)];
  if (what !== "tasks" && what !== "memory") return failure("Expects either 'tasks' or 'memory'.\n");
  const known = what === "tasks" ? ["on", "auto", "off"] : ["on", "off"];
  if (!known.includes(how))
    return failure(
      what === "tasks" ? "Expects 'on', 'auto', or 'off'.\n" : "Expects either 'on' or 'off'.\n",
    );
  return how === "off"
    ? undefined
    : failure("There is no profiler inside: run node with --cpu-prof or --heap-prof.\n");
}
