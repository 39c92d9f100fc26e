import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { performance } from "node:perf_hooks";
import v8 from "node:v8";
import type { SocketAddress } from "../../../config/haproxy/model/index.js";
import { processMemory } from "../../stats/index.js";
import {
  type Command,
  type CommandCall,
  failure,
  information,
  leadingInteger,
  notice,
  type Reply,
  warning,
} from "../command.js";

/** What the process is and does: lists for people who look into it. Where HAProxy tells of its own insides, Node's stand in the same form. */
export const processCommands: readonly Command[] = [
  {
    words: ["show", "version"],
    usage: "show version                            : show version of the current process",
    master: "also",
    run: ({ host }) => information(`${host.version}\n`),
  },
  {
    words: ["show", "env"],
    usage: "show env [var]                          : dump environment variables known to the process",
    level: "operator",
    run: showEnvironment,
  },
  {
    words: ["show", "cli", "sockets"],
    usage: "show cli sockets                        : dump list of cli sockets",
    master: "also",
    run: ({ host }) =>
      ["# socket lvl processes\n"]
        .concat(
          host.process.config.global.statsSockets.map(
            (bind) => `${socketText(bind.address)} ${bind.level ?? "operator"} all\n`,
          ),
        )
        .join(""),
  },
  {
    words: ["show", "fd"],
    usage: "show fd [num]                           : dump list of file descriptors in use or a specific one",
    level: "operator",
    run: showDescriptors,
  },
  {
    words: ["show", "activity"],
    usage:
      "show activity                           : show per-thread activity stats (for support/developers)",
    run: showActivity,
  },
  {
    words: ["show", "libs"],
    usage: "show libs                               : show loaded object files and libraries",
    level: "operator",
    run: showLibraries,
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
    words: ["show", "startup-logs"],
    usage: "show startup-logs                       : report logs emitted during HAProxy startup",
    level: "operator",
    run: ({ host }) => information(host.startupLogs() || "\n"),
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
  {
    words: ["show", "cache"],
    usage: "show cache                              : show cache status",
    run: ({ host }) => host.caches?.() ?? "",
  },
  {
    words: ["show", "peers"],
    usage:
      "show peers [dict|-] [section]           : dump some information about all the peers or this peers section",
    run: ({ host, word }) => {
      const dictionary = word(2) === "dict";
      const section = word(dictionary || word(2) === "-" ? 3 : 2);
      const text = host.peers?.(section || undefined, dictionary);
      return text ?? (section === "" ? "" : failure("No such peers\n"));
    },
  },
  {
    words: ["show", "resolvers"],
    usage:
      "show resolvers [id]                     : dumps counters from all resolvers section and associated name servers",
    run: ({ host, word }) => {
      const text = host.resolvers?.(word(2) || undefined);
      return text ?? (word(2) === "" ? information("\n") : failure("Can't find that resolvers section\n"));
    },
  },
];

function showEnvironment({ word }: CommandCall): Reply {
  const name = word(2);
  if (name !== "")
    return process.env[name] === undefined
      ? failure("Variable not found\n")
      : `${name}=${process.env[name]}\n`;
  return { pieces: Object.entries(process.env).map(([each, value]) => `${each}=${value}\n`) };
}

/** "unix@/run/admin.sock", "ipv4@127.0.0.1:9999" */
function socketText(address: SocketAddress): string {
  switch (address.kind) {
    case "unix":
      return `unix@${address.path}`;
    case "abstract":
      return `abns@${address.path}`;
    case "fd":
      return `fd@${address.fd}`;
    case "sockpair":
      return `sockpair@${address.fd}`;
    case "inet": {
      const port = address.ports?.from ?? 0;
      return address.host.includes(":")
        ? `ipv6@[${address.host}]:${port}`
        : `ipv4@${address.host || "0.0.0.0"}:${port}`;
    }
  }
}

const notInChroot = "This is read from /proc, which isn't in the chroot.\n";

function showDescriptors({ word }: CommandCall): Reply {
  if (!existsSync("/proc/self/fd")) return failure(notInChroot);
  const only = word(2) === "" ? undefined : leadingInteger(word(2));
  const lines = readdirSync("/proc/self/fd")
    .map(Number)
    .sort((a, b) => a - b)
    .filter((fd) => only === undefined || fd === only)
    .flatMap((fd) => describeDescriptor(fd) ?? []);
  return { pieces: lines };
}

/** Its flags and what it is, as the kernel tells; one that was closed meanwhile is left out. */
function describeDescriptor(fd: number): string | undefined {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
    const target = readlinkSync(`/proc/self/fd/${fd}`);
    return `${String(fd).padStart(7)} : st=0x${Number.parseInt(flags, 8).toString(16).padStart(6, "0")} ref=0 owner=${target}\n`;
  } catch {
    return undefined;
  }
}

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

/** Files that are mapped to be run, with their first and last address. */
function showLibraries(): Reply {
  if (!existsSync("/proc/self/maps")) return failure(notInChroot);
  const files = new Map<string, { from: bigint; to: bigint }>();
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
    const found = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ +(\/.*)$/.exec(line);
    if (found === null) continue;
    const [from, to] = [BigInt(`0x${found[1]}`), BigInt(`0x${found[2]}`)];
    const known = files.get(found[3] as string);
    files.set(found[3] as string, { from: known?.from ?? from, to });
  }
  return [...files]
    .map(
      ([name, { from, to }]) =>
        `0x${from.toString(16)}-0x${to.toString(16)} (0x${(to - from).toString(16).padStart(7, "0")}) ${name}\n`,
    )
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
