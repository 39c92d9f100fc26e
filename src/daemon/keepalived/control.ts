import { readdirSync, rmSync } from "node:fs";
import { RondoError } from "../../errors.js";
import { networkNamespaceCookie } from "../../sys/index.js";
import { askDaemon, openControlSocket } from "../control-socket.js";
import { dataDumps, jsonDump, statsDump, writeDumps } from "./dumps.js";
import { explain } from "./explain.js";
import { metricsOf } from "./metrics.js";
import type { SignalName } from "./signals.js";
import type { RoleStatuses } from "./status.js";
import type { Supervisor } from "./supervisor.js";

const folder = "/run/rondo";
const prefix = (cookie: bigint): string => `keepalived-${cookie.toString(16)}-`;
/** A reload or a stop takes its time, in milliseconds. */
const patience = 60_000;

/** Answers `rondo keepalived status` and its like, for root alone. */
export async function openControl(supervisor: Supervisor): Promise<{ close(): void }> {
  await removeDead(list().filter((name) => name.startsWith("keepalived-")));
  return await openControlSocket(
    `${folder}/${prefix(networkNamespaceCookie())}${process.pid}`,
    async (request) => {
      switch (request["command"]) {
        case "hello":
          return hello(supervisor);
        case "status":
          return await statusOf(supervisor);
        case "explain":
          return explain(supervisor.config, supervisor.board, await supervisor.statuses());
        case "stats":
          return statistics(await supervisor.statuses());
        case "metrics":
          return metricsOf(supervisor, await supervisor.statuses());
        case "reload":
          await supervisor.reload();
          return { refused: supervisor.lastRefusal };
        case "stop":
          setImmediate(() => void supervisor.stop());
          return {};
        case "dump":
          return await dump(supervisor, request["what"] as SignalName);
        default:
          throw new RondoError("refused", `it knows nothing of ${request["command"]}`);
      }
    },
  );
}

/** Who is running. */
export interface Running {
  readonly pid: number;
  readonly file: string;
  readonly pidFile: string;
  readonly instance: string | null;
}

const hello = (supervisor: Supervisor): Running => ({
  pid: process.pid,
  file: supervisor.file,
  pidFile: supervisor.pidFile,
  instance: supervisor.config.global.instanceName ?? null,
});

/** What `rondo keepalived status --json` gives. */
export interface DaemonStatus extends Running {
  readonly startedAt: string;
  readonly spare: number | null;
  readonly workers: readonly {
    readonly role: string;
    readonly pid: number | null;
    readonly restarts: number;
    /** Milliseconds that the last takeover took. */
    readonly takeover: number | null;
  }[];
  readonly reloads: { readonly done: number; readonly refused: number };
  readonly lastRefusal: readonly string[];
  readonly roles: RoleStatuses;
}

async function statusOf(supervisor: Supervisor): Promise<DaemonStatus> {
  const { crew, startedAt, reloads, lastRefusal } = supervisor;
  return {
    ...hello(supervisor),
    startedAt: new Date(startedAt).toISOString(),
    spare: crew.sparePid ?? null,
    workers: crew.posts().map(({ role, pid, restarts, takeover }) => ({
      role,
      pid: pid ?? null,
      restarts,
      takeover: takeover ?? null,
    })),
    reloads,
    lastRefusal,
    roles: await supervisor.statuses(),
  };
}

const statistics = ({ vrrp, checker }: RoleStatuses) => ({
  instances: (vrrp?.instances ?? []).map(({ name, statistics }) => ({ name, ...statistics })),
  checks: (checker?.virtualServers ?? []).flatMap(({ virtualServer, servers }) =>
    servers.flatMap(({ server, checks }) => checks.map((check) => ({ virtualServer, server, ...check }))),
  ),
});

/** Does what a signal asks for, and gives the paths of what it has written. */
export async function dump(supervisor: Supervisor, what: SignalName): Promise<string[]> {
  const statuses = await supervisor.statuses();
  const { config } = supervisor;
  const dumps =
    what === "DATA"
      ? dataDumps(config, statuses)
      : what === "JSON"
        ? [jsonDump(config, statuses)]
        : [statsDump(statuses)];
  const paths = writeDumps(dumps, config);
  if (what === "STATS_CLEAR") supervisor.crew.clearStatistics();
  return paths;
}

/** The daemons of the calling thread's network namespace, with how each is asked. Removes what those have left that were killed. */
export async function runningDaemons(): Promise<(Running & { ask(request: Request): Promise<unknown> })[]> {
  const own = prefix(networkNamespaceCookie());
  const names = list().filter((name) => name.startsWith(own));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = `${folder}/${name}`;
      const answer = await askDaemon(path, { command: "hello" });
      if (answer === undefined) rmSync(path, { force: true });
      return answer === undefined
        ? []
        : [{ ...(answer as Running), ask: (request: Request) => askDaemon(path, request, patience) }];
    }),
  );
  return found.flat();
}

/** Removes the sockets of those that were killed, in whatever namespace: nobody will ask for them there any more. */
async function removeDead(names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      const path = `${folder}/${name}`;
      const answer = await askDaemon(path, { command: "hello" }).catch(() => "busy");
      if (answer === undefined) rmSync(path, { force: true });
    }),
  );
}

type Request = Readonly<Record<string, unknown>>;

function list(): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
