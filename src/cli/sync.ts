import { spawn } from "node:child_process";
import { askDaemon } from "../daemon/control-socket.js";
import { runSync, syncFolder, syncRoles, syncSocket } from "../daemon/sync/index.js";
import { RondoError } from "../errors.js";
import type { SyncDaemon } from "../ipvs/model.js";
import { rondoPath } from "../package-root.js";
import { needRoot } from "../sys/index.js";
import { IpAddress } from "../wire/address.js";
import { columns } from "./columns.js";
import { type CommandIo, usageError } from "./command-io.js";
import { processIo } from "./process-io.js";
import { readWords } from "./words.js";

const usage = `usage: rondo sync status [--json]

What the sync daemons of this director (\`ipvsadm --start-daemon\`) have told, taken and left out.
`;

const options = {
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** `rondo sync …`: see docs/manual/sync.md. `launch` and `run` are what \`ipvsadm --start-daemon\` calls. */
export async function run(words: readonly string[], io: CommandIo = processIo): Promise<number> {
  const [verb, text = ""] = words;
  if (verb === "launch") return await launch(text);
  if (verb === "run") return await serve(text);
  const { values, positionals } = readWords("sync", words, options, 1);
  if (values["help"]) {
    io.stdout.write(usage);
    return 0;
  }
  if (positionals[0] !== "status") throw usageError("what about the sync daemons?", usage.trimEnd());
  needRoot("the sync daemons are root's");
  return await status(io, values["json"] === true);
}

async function status(io: CommandIo, json: boolean): Promise<number> {
  const folder = syncFolder();
  const all: Record<string, unknown>[] = [];
  for (const role of syncRoles) {
    const answer = await askDaemon(syncSocket(folder, role), { command: "status" });
    if (answer !== undefined) all.push(answer as Record<string, unknown>);
  }
  if (json) io.stdout.write(`${JSON.stringify(all)}\n`);
  else if (all.length === 0) io.stdout.write("no sync daemon runs\n");
  else for (const each of all) io.stdout.write(`${textOf(each)}\n`);
  return 0;
}

const heads = ["role", "multicastInterface", "syncId", "group", "port", "ttl", "maxLength"];

function textOf(status: Readonly<Record<string, unknown>>): string {
  const { role, multicastInterface, syncId, group, port } = status;
  const rows = Object.entries(status)
    .filter(([name]) => !heads.includes(name))
    .map(([name, value]) => [`  ${words(name)}`, valueText(value)]);
  return [`${role} at ${multicastInterface}, syncid ${syncId}, ${group}:${port}`, ...columns(rows)].join(
    "\n",
  );
}

/** "tablesGiven" as "tables given". */
const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function valueText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const parts = Object.entries(value).map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** Starts the daemon in a session of its own, and waits until it is at work. */
function launch(text: string): Promise<number> {
  const child = spawn(process.execPath, [rondoPath, "sync", "run", text], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  return new Promise((resolve) => {
    const fail = (sentence: string) => {
      process.stderr.write(`${sentence}\n`);
      resolve(1);
    };
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => fail(`the sync daemon ended at once (${signal ?? code})`));
    child.once("message", (message: { failed?: string }) => {
      child.removeAllListeners("exit");
      if (message.failed !== undefined) fail(message.failed);
      else {
        child.disconnect();
        child.unref();
        resolve(0);
      }
    });
  });
}

async function serve(text: string): Promise<number> {
  const told = JSON.parse(text) as Required<SyncDaemon>;
  const daemon = { ...told, group: IpAddress.of(String(told.group)) };
  process.title = `rondo sync ${daemon.role}`;
  const tell = (message: object) =>
    new Promise<void>((resolve) => {
      if (!process.connected) resolve();
      else process.send?.(message, undefined, undefined, () => resolve());
    });
  try {
    const running = await runSync(daemon);
    const ended = new Promise<void>((resolve) => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
    });
    process.on("SIGHUP", () => {});
    await tell({});
    await Promise.race([ended, running.alone]);
    running.stop();
  } catch (error) {
    await tell({ failed: error instanceof RondoError ? error.message : String((error as Error).stack) });
    return 1;
  }
  // Whatever is still open: nothing more is to be done.
  process.exit(0);
}
