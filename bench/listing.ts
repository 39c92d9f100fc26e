import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { resetDirector } from "../src/dataplane/xdp/index.js";
import { requireKernel } from "../src/dataplane/xdp/require-kernel.js";
import { RondoError } from "../src/errors.js";
import { openNetwork } from "../src/netlink/index.js";
import { IpAddress } from "../src/wire/index.js";
import { inOwnNamespace } from "./namespace.js";

const help = `Measures what ipvsadm takes for large tables, process start included. See bench/README.md.

  node dist/bench/listing.js [--json] [--runs 3]
`;

const rondo = new URL("../../bin/rondo", import.meta.url).pathname;
const vipNetwork = "172.16.0.0";

interface Figure {
  readonly what: string;
  readonly milliseconds: number;
  /** What it took of CPUs, the kernel's part with it: steadier where others work on the machine. */
  readonly cpuMilliseconds: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      runs: { type: "string", default: "3" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  requireKernel();
  return await inOwnNamespace(() => {
    const figures = measure(Math.max(1, Number(values.runs)));
    if (values.json) console.log(JSON.stringify(figures));
    else
      for (const { what, milliseconds, cpuMilliseconds } of figures) {
        const [whole, cpu] = [milliseconds, cpuMilliseconds].map((time) => time.toFixed(0).padStart(7));
        console.log(`${what.padEnd(54)} ${whole} ms ${cpu} ms of CPU`);
      }
    return 0;
  });
}

function measure(runs: number): Figure[] {
  const network = openNetwork();
  network.links.createVeth({ name: "eth0", up: true, peer: { name: "far0", up: true } });
  network.addresses.add("eth0", { address: IpAddress.of("10.0.0.1"), prefixLength: 8 });
  network.close();
  try {
    const wide = rules(10_000, 1);
    const deep = rules(1000, 100);
    return [
      figure("ipvsadm-restore: 10 000 services with a server each", 1, () => run(["ipvsadm-restore"], wide)),
      figure("ipvsadm -Ln", runs, () => run(["ipvsadm", "-Ln"])),
      figure("ipvsadm -A: one service more", 1, () => run(["ipvsadm", "-A", "-t", "172.17.0.1:80"])),
      figure("ipvsadm -C", 1, () => run(["ipvsadm", "-C"])),
      figure("ipvsadm-restore: 1 000 services with 100 servers each", 1, () =>
        run(["ipvsadm-restore"], deep),
      ),
      figure("ipvsadm -Ln", runs, () => run(["ipvsadm", "-Ln"])),
      figure("ipvsadm -Ln --stats", runs, () => run(["ipvsadm", "-Ln", "--stats"])),
      figure("ipvsadm -Ln --rate", runs, () => run(["ipvsadm", "-Ln", "--rate"])),
      figure("ipvsadm-save -n", runs, () => run(["ipvsadm-save", "-n"])),
      figure("ipvsadm -a: one server more", 1, () =>
        run(["ipvsadm", "-a", "-t", `${vipNetwork}:80`, "-r", "10.9.9.9", "-g"]),
      ),
      figure("ipvsadm -C", 1, () => run(["ipvsadm", "-C"])),
      figure("for comparison: rondo help (a process, no data plane)", runs, () => run(["help"])),
    ];
  } finally {
    resetDirector();
  }
}

/** The quickest of some runs: what the machine does besides only adds. */
function figure(what: string, runs: number, work: () => void): Figure {
  let [milliseconds, cpuMilliseconds] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < runs; i++) {
    const [before, cpuBefore] = [performance.now(), childrenTime()];
    work();
    milliseconds = Math.min(milliseconds, performance.now() - before);
    cpuMilliseconds = Math.min(cpuMilliseconds, childrenTime() - cpuBefore);
  }
  return { what, milliseconds, cpuMilliseconds };
}

/** Milliseconds of CPU that children took which have ended: cutime and cstime, in hundredths of a second (proc_pid_stat(5)). */
function childrenTime(): number {
  const afterName = readFileSync("/proc/self/stat", "latin1").split(") ")[1]!.split(" ");
  return 10 * (Number(afterName[13]) + Number(afterName[14]));
}

function run(words: readonly string[], input = ""): void {
  const { status, stderr } = spawnSync(process.execPath, [rondo, ...words], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new RondoError("bench", `${words.join(" ")}: ${stderr.slice(0, 500)}`);
}

/** As ipvsadm-save prints them. */
function rules(services: number, servers: number): string {
  let text = "";
  for (let i = 0; i < services; i++) {
    const vip = `172.16.${i >> 8}.${i & 255}:80`;
    text += `-A -t ${vip} -s wlc\n`;
    for (let j = 0; j < servers; j++) text += `-a -t ${vip} -r 10.1.${j >> 8}.${j & 255}:80 -g -w 1\n`;
  }
  return text;
}

process.exitCode = await main();
