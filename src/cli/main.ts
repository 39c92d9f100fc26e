import { planeNamed, planeVariable } from "../dataplane/choice.js";
import { RondoError } from "../errors.js";
import { didYouMean } from "../nearest.js";
import { columns } from "./columns.js";
import { run as ipvsadm } from "./ipvsadm.js";
import type { IpvsadmIo } from "./ipvsadm-io.js";
import { run as ipvsadmRestore } from "./ipvsadm-restore.js";
import { run as ipvsadmSave } from "./ipvsadm-save.js";

interface Command {
  readonly summary: string;
  /** Whether it works on other systems than Linux, too. */
  readonly anywhere?: true;
  run(words: readonly string[]): number | Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  agent: {
    summary: "on a real server: answers agent checks with how much of its weight it can bear",
    run: async (words) => (await import("./agent.js")).run(words),
  },
  balance: {
    summary: "how connections and packets are shared, beside what the weights want",
    run: async (words) => (await import("./balance.js")).run(words),
  },
  capture: {
    summary: "the packets that the director decides about, as lines or as a file for wireshark",
    run: async (words) => (await import("./capture.js")).run(words),
  },
  demo: {
    summary: "three small web servers and our proxy before them, on any machine and without root",
    anywhere: true,
    run: async (words) => (await import("./demo.js")).run(words),
  },
  director: {
    summary: "where the director is attached: attach, detach, status, watch, vip, reset",
    run: async (words) => (await import("./director.js")).run(words),
  },
  doctor: {
    summary: "looks for what goes wrong with directors and real servers, and tells what mends it",
    run: async (words) => (await import("./doctor.js")).run(words),
  },
  drain: {
    summary: "takes a real server out of its services without breaking its connections",
    run: async (words) => (await import("./drain.js")).run(words),
  },
  flush: {
    summary: "ends the connections of a service, a real server or clients",
    run: async (words) => (await import("./flush.js")).run(words),
  },
  haproxy: {
    summary: "a load balancer for TCP and HTTP by a haproxy.cfg, as HAProxy 2.6",
    anywhere: true,
    run: async (words) => (await import("./haproxy.js")).run(words),
  },
  ipvsadm: { summary: "virtual services and real servers, as LVS's own command", run: asIpvsadm(ipvsadm) },
  "ipvsadm-save": { summary: "prints the rules that ipvsadm-restore reads", run: asIpvsadm(ipvsadmSave) },
  "ipvsadm-restore": { summary: "reads the rules that ipvsadm-save prints", run: asIpvsadm(ipvsadmRestore) },
  keepalived: {
    summary: "VRRP and health checks by a keepalived.conf, and questions to one that runs",
    run: async (words) => (await import("./keepalived.js")).run(words),
  },
  lab: {
    summary: "a cluster on this machine: up, run, exec, down; faults on purpose, traffic",
    run: async (words) => (await import("./lab.js")).run(words),
  },
  mark: {
    summary: "which packets get which mark, for services of marks (ipvsadm -f)",
    run: async (words) => (await import("./mark.js")).run(words),
  },
  nginx: {
    summary: "a web server and proxy by an nginx.conf, as nginx 1.22.1",
    anywhere: true,
    run: async (words) => (await import("./nginx.js")).run(words),
  },
  realserver: {
    summary: "makes this host a real server by DR, TUN or NAT, and undoes that",
    run: async (words) => (await import("./realserver.js")).run(words),
  },
  "slow-start": {
    summary: "gives a real server its weight in small steps",
    run: async (words) => (await import("./slow-start.js")).run(words),
  },
  shims: {
    summary: "writes ipvsadm, ipvsadm-save, ipvsadm-restore, keepalived, haproxy and nginx into a folder",
    run: async (words) => (await import("./shims.js")).run(words),
  },
  sync: {
    summary: "what the sync daemons of this director have told, taken and left out",
    run: async (words) => (await import("./sync.js")).run(words),
  },
  trace: {
    summary: "follows packets through the director: table, scheduler's choice and why, rewriting, way out",
    run: async (words) => (await import("./trace.js")).run(words),
  },
  unit: {
    summary: "a systemd unit that restores rules at boot, or runs keepalived",
    run: async (words) => (await import("./unit.js")).run(words),
  },
  watch: {
    summary: "checks real servers, takes out those that fail, and shares by what their agents say",
    run: async (words) => (await import("./watch.js")).run(words),
  },
};

/** Runs the command that the first argument names; its exit status becomes the process's. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const [name, ...words] = withPlane(argv.slice(2));
    process.exitCode = await dispatch(name, words);
  } catch (error) {
    process.exitCode = report(error);
  }
}

async function dispatch(name: string | undefined, words: readonly string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const [topic] = name === "help" ? words : [];
    if (topic !== undefined) return await dispatch(topic, ["--help"]);
    process.stdout.write(usage());
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command && (command.anywhere || process.platform === "linux")) return await command.run(words);
  if (command)
    throw new RondoError("needs-linux", `rondo ${name} needs Linux: it works on the kernel's own tables`);
  process.stderr.write(`rondo: there is no command ${name}${didYouMean(name, Object.keys(commands))}\n`);
  process.stderr.write("Try `rondo help`.\n");
  return 2;
}

/** Takes `--plane NAME` from before the command; what is started by it works on the same plane. */
function withPlane(words: readonly string[]): readonly string[] {
  const [option, next] = words;
  if (option !== "--plane" && !option?.startsWith("--plane=")) return words;
  const name = option === "--plane" ? next : option.slice("--plane=".length);
  if (name === undefined)
    throw new RondoError("usage", "--plane takes a name: xdp or ipvs", { exitStatus: 2 });
  process.env[planeVariable] = planeNamed(name, "--plane");
  return words.slice(option === "--plane" ? 2 : 1);
}

/** Says what went wrong and what would help; gives the exit status. */
function report(error: unknown): number {
  if (!(error instanceof RondoError)) throw error;
  process.stderr.write(`rondo: ${error.message}\n`);
  if (error.remedy) process.stderr.write(`${error.remedy}\n`);
  return error.exitStatus;
}

function usage(): string {
  const lines = columns(Object.entries(commands).map(([name, { summary }]) => [name, summary]));
  return `usage: rondo [--plane xdp|ipvs] COMMAND …\n\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function asIpvsadm(run: (words: readonly string[], io: IpvsadmIo) => Promise<number>): Command["run"] {
  return async (words) => {
    const { processIo } = await import("./process-io.js");
    return run(words, processIo);
  };
}
