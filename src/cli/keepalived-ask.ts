import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";
import {
  type DaemonStatus,
  type Explanation,
  type Running,
  runningDaemons,
} from "../daemon/keepalived/index.js";
import { RondoError } from "../errors.js";
import { didYouMean } from "../nearest.js";
import { withNetworkNamespace } from "../sys/index.js";
import { columns } from "./columns.js";
import { usageError } from "./command-io.js";
import type { Output } from "./ipvsadm-io.js";
import { readWords } from "./words.js";

const options = {
  json: { type: "boolean" },
  namespace: { type: "string", short: "s" },
  pid: { type: "string", short: "p" },
} as const;

/** Commands for a running daemon. */
export const askCommands = ["status", "explain", "stats", "metrics", "reload", "stop", "dump"] as const;

const dumps = { data: "DATA", stats: "STATS", json: "JSON" } as const;

/** `rondo keepalived status` and its like. */
export async function ask(words: readonly string[], stdout: Output): Promise<number> {
  const [command, ...rest] = words;
  const { values, positionals } = readWords("keepalived", rest, options, command === "dump" ? 1 : 0);
  const json = values["json"] === true;
  const what = dumpOf(command, positionals[0]);
  const daemon = await choose(values["namespace"] as string | undefined, values["pid"] as string | undefined);
  const answer = await daemon.ask({ command: command!, ...(what !== undefined && { what }) });
  switch (command) {
    case "status":
      print(json ? answer : statusText(answer as DaemonStatus));
      return 0;
    case "explain":
      print(json ? answer : explainText(answer as Explanation[]));
      return 0;
    case "stats":
      print(json ? answer : statsText(answer as Statistics));
      return 0;
    case "metrics":
      stdout.write(String(answer));
      return 0;
    case "dump":
      print(json ? answer : (answer as string[]).map((path) => `${path}\n`).join(""));
      return 0;
    case "reload": {
      const { refused } = answer as { refused: readonly string[] };
      if (refused.length > 0)
        throw new RondoError("reload-refused", refused.join("\n"), {
          remedy: "The configuration that was running stays in force.",
        });
      return 0;
    }
    default: {
      // Its process id says nothing here: it may be of another namespace.
      while (await isThere(daemon)) await new Promise((resolve_) => setTimeout(resolve_, 20));
      return 0;
    }
  }

  function print(value: unknown): void {
    stdout.write(typeof value === "string" ? value : `${JSON.stringify(value, null, 2)}\n`);
  }
}

/** Whether one that is ending is still there; one that ends while it is asked gives no answer. */
async function isThere(daemon: { ask(request: { command: string }): Promise<unknown> }): Promise<boolean> {
  try {
    return (await daemon.ask({ command: "hello" })) !== undefined;
  } catch (error) {
    if (error instanceof RondoError && error.code === "no-answer") return true;
    throw error;
  }
}

function dumpOf(command: string | undefined, word: string | undefined): string | undefined {
  if (command !== "dump") return undefined;
  if (word !== undefined && Object.hasOwn(dumps, word)) return dumps[word as keyof typeof dumps];
  throw usageError(
    word === undefined ? "which dump?" : `there is no dump ${word}${didYouMean(word, Object.keys(dumps))}`,
    "There are: data, stats, json.",
  );
}

/** The daemon that is meant: the one there is, or the one with this pid file. */
async function choose(namespace: string | undefined, pidFile: string | undefined) {
  const daemons = await (namespace === undefined ? runningDaemons() : inside(namespace));
  const file = pidFile === undefined ? undefined : resolve(pidFile);
  const found = file === undefined ? daemons : daemons.filter((one) => one.pidFile === file);
  if (found.length === 1) return found[0]!;
  if (found.length === 0)
    throw new RondoError(
      "not-running",
      `no keepalived of ours runs in this network namespace${file ? ` with the pid file ${file}` : ""}`,
      {
        remedy: "Name another namespace by --namespace, or start it: rondo keepalived.",
      },
    );
  throw new RondoError("several-running", `several run here: ${found.map(describe).join(", ")}`, {
    remedy: "Say which by --pid FILE.",
  });
}

const describe = ({ pid, pidFile }: Running): string => `${pid} (${pidFile})`;

function inside(name: string): ReturnType<typeof runningDaemons> {
  const path = name.includes("/") ? name : `/run/netns/${name}`;
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    throw new RondoError("no-namespace", `there is no network namespace ${name}`, { cause: error });
  }
  try {
    // Which daemons are this namespace's is asked at once; the answers come later, from wherever.
    let found: ReturnType<typeof runningDaemons> | undefined;
    withNetworkNamespace(fd, () => {
      found = runningDaemons();
    });
    return found!;
  } finally {
    closeSync(fd);
  }
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join("");

function statusText(status: DaemonStatus): string {
  const { vrrp, checker, bfd } = status.roles;
  const out: string[] = [
    `keepalived ${status.pid}, ${status.file}, since ${status.startedAt}`,
    ...columns([
      ...status.workers.map(({ role, pid, restarts }) => [
        `  ${role}`,
        pid === null ? "no process" : `process ${pid}`,
        restarts > 0 ? `replaced ${restarts}×` : "",
      ]),
      ["  spare", status.spare === null ? "not ready" : `process ${status.spare}`, ""],
    ]).map((line) => line.trimEnd()),
  ];
  if (status.lastRefusal.length > 0)
    out.push("", "The last reload was refused:", ...status.lastRefusal.map((line) => `  ${line}`));
  if (vrrp && vrrp.instances.length > 0)
    out.push(
      "",
      ...columns([
        ["INSTANCE", "STATE", "PRIORITY", "SINCE", "MASTER"],
        ...vrrp.instances.map(({ name, state, priority, since, master }) => [
          name,
          state,
          String(priority),
          since === undefined ? "" : new Date(since).toISOString(),
          state === "MASTER" ? "this node" : master ? `${master.address} (${master.priority})` : "",
        ]),
      ]).map((line) => line.trimEnd()),
    );
  if (vrrp && vrrp.groups.length > 0)
    out.push("", ...columns([["GROUP", "STATE"], ...vrrp.groups.map(({ name, state }) => [name, state])]));
  if (checker && checker.virtualServers.length > 0)
    out.push(
      "",
      ...columns([
        ["VIRTUAL SERVER", "REAL SERVER", "STATE", "WEIGHT", "CHECKS"],
        ...checker.virtualServers.flatMap(({ virtualServer, servers, quorum }) =>
          servers.map((server, i) => [
            i === 0 ? `${virtualServer}${quorum ? "" : " (no quorum)"}` : "",
            server.server,
            server.up ? "UP" : "DOWN",
            String(server.weight),
            server.checks.map(({ kind, up, said }) => `${kind} ${up ? "ok" : (said ?? "fails")}`).join(", "),
          ]),
        ),
      ]).map((line) => line.trimEnd()),
    );
  if (bfd && bfd.sessions.length > 0)
    out.push("", ...columns([["BFD", "STATE"], ...bfd.sessions.map(({ name, state }) => [name, state])]));
  return lines(out);
}

const explainText = (explanations: readonly Explanation[]): string =>
  explanations.length === 0
    ? "It has neither instances nor virtual servers.\n"
    : explanations
        .map(({ subject, state, why, changes, warnings }) =>
          lines([
            `${subject}: ${state}`,
            ...why.map((line) => `  ${line}`),
            ...changes.map((line) => `  → ${line}`),
            ...warnings.map((line) => `  ! ${line}`),
          ]),
        )
        .join("\n");

interface Statistics {
  readonly instances: readonly (Record<string, unknown> & { readonly name: string })[];
  readonly checks: readonly Record<string, unknown>[];
}

function statsText({ instances, checks }: Statistics): string {
  const names = [
    "advert_sent",
    "advert_rcvd",
    "become_master",
    "release_master",
    "pri_zero_sent",
    "pri_zero_rcvd",
  ];
  const out: string[] = [];
  if (instances.length > 0)
    out.push(
      ...columns([
        ["INSTANCE", "SENT", "RECEIVED", "BECAME", "RELEASED", "ZERO SENT", "ZERO RECEIVED", "REFUSED"],
        ...instances.map((one) => [
          one.name,
          ...names.map((name) => String(one[name] ?? 0)),
          Object.entries(one)
            .filter(([key, value]) => Number(value) > 0 && key !== "name" && !names.includes(key))
            .map(([key, value]) => `${key} ${value}`)
            .join(", ") || "0",
        ]),
      ]),
    );
  if (checks.length > 0)
    out.push(
      ...(out.length > 0 ? [""] : []),
      ...columns([
        ["VIRTUAL SERVER", "REAL SERVER", "CHECK", "STATE", "RUNS", "FAILURES"],
        ...checks.map(({ virtualServer, server, kind, up, runs, failures }) =>
          [virtualServer, server, kind, up === true ? "ok" : "fails", runs ?? "", failures ?? ""].map(String),
        ),
      ]),
    );
  return out.length === 0 ? "Nothing has been counted.\n" : lines(out.map((line) => line.trimEnd()));
}
