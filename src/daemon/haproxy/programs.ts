import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import type { Program } from "../../config/haproxy/model/index.js";
import type { Child } from "./child.js";
import { exitStatus } from "./launch-worker.js";
import type { Messages } from "./messages.js";

export interface ProgramChild extends Child {
  readonly ended: Promise<number>;
}

/** Starts what a `program` section names, with its user and group and our standard streams. What can't be started has ended with 1. */
export function launchProgram(program: Program, messages: Messages): ProgramChild | undefined {
  const [file, ...words] = program.command;
  if (file === undefined) return undefined;
  const failed = (error: Error): void => messages.alert(`Cannot execute ${file}: ${errnoText(error)}`);
  const uid = program.user === undefined ? undefined : idOf("/etc/passwd", program.user);
  const gid = program.group === undefined ? undefined : idOf("/etc/group", program.group);
  let child: ChildProcess;
  try {
    child = spawn(file, words, {
      stdio: "inherit",
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    });
  } catch (error) {
    failed(error as Error);
    return endedProgram(program);
  }
  if (child.pid === undefined) {
    child.once("error", failed);
    return endedProgram(program);
  }
  messages.notice(`New program '${program.name}' (${child.pid}) forked`);
  const ended = exitStatus(child);
  let alive = true;
  void ended.then(() => {
    alive = false;
  });
  return {
    kind: "program",
    name: program.name,
    pid: child.pid,
    started: Date.now(),
    reloads: 0,
    leaving: false,
    ended,
    kill(signal) {
      if (alive) child.kill(signal);
    },
  };
}

/** "No such file or directory" */
function errnoText(error: Error & { errno?: number }): string {
  const message = error.errno === undefined ? undefined : getSystemErrorMap().get(error.errno)?.[1];
  return message === undefined ? error.message : message[0]!.toUpperCase() + message.slice(1);
}

function endedProgram({ name }: Program): ProgramChild {
  return {
    kind: "program",
    name,
    pid: 0,
    started: Date.now(),
    reloads: 0,
    leaving: false,
    ended: new Promise((resolve) => setImmediate(resolve, 1)), // not before "error" has been told
    kill() {},
  };
}

function idOf(path: string, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [found, , id] = line.split(":");
    if (found === name && id !== undefined) return Number(id);
  }
  return undefined;
}
