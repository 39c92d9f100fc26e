import { typed } from "../../sys/index.js";
import type { Cluster } from "../cluster.js";
import { sysctl } from "../cluster.js";
import { on, setSysctl } from "../commands.js";
import { counted } from "../counted.js";
import type { HostFacts } from "../facts.js";
import type { Check, Found } from "../finding.js";

/** From here on a limit is as good as reached. */
const nearly = 0.9;
/** The kernel's own default since 5.4. */
const usualQueue = 4096;
/** A queue that is full after so few connections is full in a moment. */
const shortQueue = 512;

/** Limits that servers and directors run into when there is much to do. */
export const limits: Check = {
  codes: {
    "conntrack-full": {
      severity: "error",
      shows: 'new connections time out at random; dmesg says "nf_conntrack: table full, dropping packet"',
    },
    somaxconn: {
      severity: "warning",
      shows: "under a rush of connections some take a second or three longer, or are refused",
    },
    "listen-overflow": {
      severity: "warning",
      shows:
        "some connections took a second or three longer: the server's program was too slow to accept them",
    },
    "files-limit": {
      severity: "error",
      shows: 'the server accepts no more connections ("too many open files")',
    },
    "files-full": { severity: "error", shows: "no program can open files or sockets any more" },
  },
  *look(cluster) {
    for (const host of involved(cluster)) yield* about(host);
    for (const host of new Set(cluster.servings.flatMap((each) => each.host ?? []))) yield* aboutServer(host);
  },
};

const involved = ({ directors, servings }: Cluster): Set<HostFacts> =>
  new Set([...directors, ...servings.flatMap(({ host }) => host ?? [])]);

function* about(host: HostFacts): Iterable<Found> {
  const most = sysctl(host, "net.netfilter.nf_conntrack_max");
  const tracked = sysctl(host, "net.netfilter.nf_conntrack_count");
  if (most > 0 && tracked >= nearly * most)
    yield {
      code: "conntrack-full",
      host: host.host,
      what: `${tracked} of ${most} connections that the kernel can track are in use`,
      mend: on(host, setSysctl("net.netfilter.nf_conntrack_max", 2 * most)),
    };
  const [open = 0, , mostOpen = 0] = (host.sysctls["fs.file-nr"] ?? "").split(" ").map(Number);
  if (mostOpen > 0 && open >= nearly * mostOpen)
    yield {
      code: "files-full",
      host: host.host,
      what: `${open} of ${mostOpen} files that the machine can have open are open`,
      mend: on(host, setSysctl("fs.file-max", 2 * mostOpen)),
    };
}

function* aboutServer(host: HostFacts): Iterable<Found> {
  const queue = sysctl(host, "net.core.somaxconn");
  if (queue > 0 && queue < shortQueue)
    yield {
      code: "somaxconn",
      host: host.host,
      what: `at most ${queue} connections may wait to be accepted`,
      mend: on(host, setSysctl("net.core.somaxconn", usualQueue)),
      cure: "A program that listens already has the longer queue when it is started again.",
    };
  if (host.listenOverflows > 0)
    yield {
      code: "listen-overflow",
      host: host.host,
      what: `${counted(host.listenOverflows, "connection")} found the accept queue full`,
      cure: "Give the program a longer queue (its backlog, and net.core.somaxconn), or take weight from this server.",
    };
  const programs = new Map(
    host.listening.flatMap(({ process }) => (process ? [[process.pid, process]] : [])),
  );
  for (const { pid, name, files, most, mostEver } of programs.values())
    if (files >= nearly * most)
      yield {
        code: "files-limit",
        host: host.host,
        what: `${name} (process ${pid}) has ${files} files and sockets open, and may have ${most}`,
        ...(mostEver > most && { mend: on(host, typed`prlimit --pid ${pid} --nofile=${mostEver}:`) }),
        cure: "For good: LimitNOFILE= in its systemd unit, and start it again.",
      };
}
