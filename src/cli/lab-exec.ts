import type { ChildProcess } from "node:child_process";
import { isatty } from "node:tty";
import { RondoError } from "../errors.js";
import { findHost, findProgram, refuseOff, requireRoot, systemProgram } from "../lab/index.js";
import { writeLabShims } from "./lab-shims.js";

/** Runs a command on a host, with this process's terminal and streams; ends as the command ends. */
export async function execOn(words: readonly string[]): Promise<number> {
  const { target, lab, rest } = targetOf("exec", words);
  if (rest.length === 0) throw new RondoError("usage", `exec: which command is to run on ${target}?`);
  return await runOn(target, lab, { words: rest, folder: process.cwd() });
}

/** As {@link execOn}, with the person's own shell, in root's home. */
export async function shellOn(words: readonly string[]): Promise<number> {
  const { target, lab, rest } = targetOf("shell", words);
  if (rest.length > 0)
    throw new RondoError("usage", `shell: ${rest[0]} is too much`, {
      remedy: `To run one command: rondo lab exec ${target} ${rest.join(" ")}`,
    });
  return await runOn(target, lab, { words: [process.env["SHELL"] || "/bin/sh"], folder: "/root" });
}

interface Wanted {
  readonly words: readonly string[];
  /** Where it is to run, if the host has that folder; else in "/". */
  readonly folder: string;
}

/** Options come before the host; all that follows it is the command's own. */
function targetOf(command: string, words: readonly string[]) {
  let rest = [...words];
  let lab: string | undefined;
  const first = rest[0] ?? "";
  if (first === "--lab") {
    lab = rest[1];
    rest = rest.slice(2);
  } else if (first.startsWith("--lab=")) {
    lab = first.slice("--lab=".length);
    rest = rest.slice(1);
  } else if (first.startsWith("-"))
    throw new RondoError("usage", `${command}: unknown option ${first}`, { remedy: "It knows --lab LAB." });
  const [target, ...more] = rest;
  if (command === "exec" && more[0] === "--") more.shift(); // As with others' exec.
  if (target === undefined)
    throw new RondoError("usage", `${command}: which host?`, {
      remedy: `rondo lab ${command} [--lab LAB] HOST${command === "exec" ? " COMMAND..." : ""}`,
    });
  return { target, lab, rest: more };
}

async function runOn(target: string, labName: string | undefined, wanted: Wanted): Promise<number> {
  requireRoot("entering a lab's host");
  const { lab, host } = findHost(target, labName);
  refuseOff(lab, host.name);
  const path = `${writeLabShims(lab.name)}:${process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin"}`;
  const { words, folder } = wanted;
  findProgram(words[0]!, path, { root: host.root, folder });
  // Debian's shells show debian_chroot in their prompt, before the host's name.
  const place = { RONDO_LAB: lab.name, RONDO_HOST: host.name, debian_chroot: lab.name };
  const child = host.spawn(
    systemProgram("setpriv"),
    [...dieWithUs, "/bin/sh", "-c", enter, folder, ...words],
    {
      env: { ...process.env, ...place, PATH: path },
      stdio: "inherit",
    },
  );
  return await endingAs(child);
}

/** Should this process be killed, the command is killed too. */
const dieWithUs = ["--pdeathsig", "KILL", "--"];
/** $0 is the folder. */
const enter = `cd "$0" 2>/dev/null || cd /; exec "$@"`;

/** Waits for the child, hands signals on to it, and ends as it ends: with its status, or by the signal that killed it. */
async function endingAs(child: ChildProcess): Promise<number> {
  // From a terminal both get SIGINT and SIGQUIT, and the child is who decides what they mean.
  const handedOn: NodeJS.Signals[] = ["SIGTERM", "SIGHUP", "SIGUSR2"];
  const bySomebody: NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];
  const handOn = (signal: NodeJS.Signals) => child.kill(signal);
  const fromTerminal = [0, 1, 2].some(isatty);
  for (const signal of handedOn) process.on(signal, handOn);
  for (const signal of bySomebody) process.on(signal, fromTerminal ? () => {} : handOn);
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("exit", (...how) => resolve(how));
    child.once("error", reject);
  });
  for (const name of [...handedOn, ...bySomebody]) process.removeAllListeners(name);
  if (signal === null) return status ?? 1;
  process.kill(process.pid, signal);
  return await new Promise(() => setTimeout(() => {}, 10_000)); // The signal ends this.
}
