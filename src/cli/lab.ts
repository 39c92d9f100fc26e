import { RondoError } from "../errors.js";
import {
  allLabs,
  type DirectorControl,
  type Hook,
  hooks,
  makeLab,
  onlyLab,
  readState,
  refuseOnHost,
  requireRoot,
  runLab,
  statusOf,
  takeDown,
  topologies,
  topologyOf,
} from "../lab/index.js";
import { suggestion } from "../nearest.js";
import { columns } from "./columns.js";
import { execOn, shellOn } from "./lab-exec.js";
import { faultCommands, faultUsage } from "./lab-faults.js";
import { publishUsage, publishVip } from "./lab-publish.js";
import { tellRun } from "./lab-report.js";
import { setup } from "./lab-setup.js";
import { untilSignal } from "./lab-signals.js";
import { tellStatus } from "./lab-status.js";
import { faultRunOptions, refuseFaultOptions, runFault, traffic, trafficUsage } from "./lab-traffic.js";
import { type OptionTypes, parseWords, wholeNumber } from "./words.js";

/** What `rondo lab` needs of its surroundings. */
export interface LabIo {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** What makes directors of hosts; default: Rondo's own. */
  readonly director?: DirectorControl;
}

const usage = `Usage: rondo lab COMMAND

  list                      the topologies there are
  up NAME|FILE              bring one up, to stay   [--hook xdp|tc] [--name ALIAS] [--bare]
  run NAME|FILE             up, traffic, result, down   [--hook xdp|tc] [--requests N] [--json]
  status [LAB]              what is up, and whether all of it is there   [--json]
  exec HOST COMMAND...      run a command on a host (or LAB/HOST, or --lab LAB)
  shell HOST                a shell on a host
  down [LAB | --all]        take down
  setup                     which Debian packages are of use in a lab   [--install]
${faultUsage}${trafficUsage}${publishUsage}
FILE is a topology of one's own, as ./mine.json, .mjs or .ts: see docs/manual/lab.md.
`;

type Command = (words: readonly string[], io: LabIo) => Promise<number> | number;

const commands: Readonly<Record<string, Command>> = {
  list,
  up,
  run: runTopology,
  status,
  exec: execOn,
  shell: shellOn,
  down,
  ...faultCommands,
  traffic,
  publish: publishVip,
  setup: (words, io) => setup(options("setup", words, { install: { type: "boolean" } }, 0).values, io),
};

/** Runs `rondo lab …` (the words after `lab`) and gives the exit status. Expected failures are told on stderr. */
export async function run(argv: readonly string[], io: LabIo = process): Promise<number> {
  const [name, ...words] = argv;
  // Whoever read the output has seen enough, as `head` has.
  io.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  try {
    if (name === "--help" || name === "-h" || name === "help") {
      io.stdout.write(usage);
      return 0;
    }
    const command = commandNamed(name);
    if (command !== list) refuseOnHost();
    return await command(words, io);
  } catch (thrown) {
    const error = noRoom(thrown) ?? thrown;
    if (!(error instanceof RondoError)) throw error;
    io.stderr.write(`rondo lab: ${error.message}\n`);
    if (error.remedy !== undefined) io.stderr.write(`${error.remedy}\n`);
    return error.exitStatus;
  }
}

/** A full or read-only /run is the machine's state and no fault of ours; of the latter, Node's mkdir says ENOENT. */
function noRoom(thrown: unknown): RondoError | undefined {
  const { code = "", syscall, message } = (thrown ?? {}) as Partial<NodeJS.ErrnoException>;
  if (!["ENOSPC", "EROFS", "EDQUOT"].includes(code) && !(code === "ENOENT" && syscall === "mkdir"))
    return undefined;
  return new RondoError("no-room", `${message}`, {
    remedy: "Labs are kept below /run/rondo/lab, which has to be writable and have room: see `df /run`.",
    cause: thrown,
  });
}

function commandNamed(name: string | undefined): Command {
  const command = Object.hasOwn(commands, name ?? "") ? commands[name ?? ""] : undefined;
  if (command) return command;
  if (name === undefined)
    throw new RondoError("no-command", "what shall it do?", { remedy: usage.trimEnd() });
  throw new RondoError("unknown-command", `there is no command "${name}"`, {
    remedy: suggestion(name, Object.keys(commands)) ?? usage.trimEnd(),
  });
}

/** @throws RondoError "usage" for options that are unknown or lack their value, and too many or too few words. */
function options(command: string, words: readonly string[], types: OptionTypes, most: number, least = 0) {
  const wrong = (message: string, cause?: unknown) =>
    new RondoError("usage", `${command}: ${message}`, { remedy: usage.trimEnd(), cause });
  const { values, positionals } = parseWords<string | boolean>(words, types, wrong);
  if (positionals.length > most) throw wrong(`${positionals[most]} is too much`);
  if (positionals.length < least) throw wrong("a name is missing");
  return { values, positionals };
}

function hookOf(value: string | boolean | undefined): Hook {
  const hook = hooks.find((name) => name === (value ?? "xdp"));
  if (hook) return hook;
  throw new RondoError("unknown-hook", `there is no hook "${value}"`, {
    remedy: `There are: ${hooks.join(" and ")}.`,
  });
}

function list(words: readonly string[], io: LabIo): number {
  options("list", words, {}, 0);
  for (const line of columns(topologies.map(({ name, summary }) => [name, summary])))
    io.stdout.write(`${line}\n`);
  return 0;
}

/** A line for each step, where a person looks on. */
function progressOf(io: LabIo): { progress?: (what: string) => void } {
  return io.stderr.isTTY ? { progress: (what) => io.stderr.write(`· ${what}\n`) } : {};
}

async function up(words: readonly string[], io: LabIo): Promise<number> {
  const { values, positionals } = options(
    "up",
    words,
    { hook: { type: "string" }, name: { type: "string" }, bare: { type: "boolean" } },
    1,
    1,
  );
  const topology = await topologyOf(positionals[0]!);
  const hook = hookOf(values["hook"]);
  const name = String(values["name"] ?? topology.name);
  const director = io.director ? { director: io.director } : {};
  return await untilSignal(async (signal) => {
    const { lab, guardian } = await makeLab({
      topology,
      name,
      kind: "up",
      hook,
      bare: values["bare"] === true,
      signal,
      ...director,
      ...progressOf(io),
    });
    guardian.dismiss();
    io.stdout.write(`lab ${lab.name} is up: ${topology.hosts.map((host) => host.name).join(", ")}\n`);
    return 0;
  });
}

async function runTopology(words: readonly string[], io: LabIo): Promise<number> {
  const types = {
    hook: { type: "string" },
    requests: { type: "string" },
    json: { type: "boolean" },
    ...faultRunOptions,
  } as const;
  const { values, positionals } = options("run", words, types, 1, 1);
  const topology = await topologyOf(positionals[0]!);
  const hook = hookOf(values["hook"]);
  if (values["fault"] !== undefined)
    return await runFault(
      values,
      { topology, hook, ...(io.director && { director: io.director }), ...progressOf(io) },
      io,
    );
  refuseFaultOptions(values);
  const requests = countOf(values["requests"] ?? "20");
  const director = io.director ? { director: io.director } : {};
  return await untilSignal(async (signal) => {
    const report = await runLab({ topology, hook, requests, signal, ...director, ...progressOf(io) });
    if (values["json"]) io.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    else for (const line of tellRun(topology, report)) io.stdout.write(`${line}\n`);
    return report.ok ? 0 : 1;
  });
}

function countOf(value: string | boolean): number {
  const count = wholeNumber(String(value), 1, 100_000);
  if (count !== undefined) return count;
  throw new RondoError("bad-count", `--requests ${value}: it takes a number from 1 to 100000`);
}

function status(words: readonly string[], io: LabIo): number {
  const { values, positionals } = options("status", words, { json: { type: "boolean" } }, 1);
  const name = positionals[0];
  const labs = (name === undefined ? allLabs() : [readState(name)]).filter((state) => state !== undefined);
  const statuses = labs.map(statusOf);
  if (values["json"]) io.stdout.write(`${JSON.stringify(statuses, undefined, 2)}\n`);
  else if (statuses.length === 0)
    io.stdout.write(name === undefined ? "no lab is up\n" : `no lab ${name} is up\n`);
  else for (const line of statuses.flatMap(tellStatus)) io.stdout.write(`${line}\n`);
  return statuses.length > 0 && statuses.every(({ state }) => state === "up") ? 0 : 1;
}

async function down(words: readonly string[], io: LabIo): Promise<number> {
  const { values, positionals } = options("down", words, { all: { type: "boolean" } }, 1);
  if (values["all"] && positionals[0] !== undefined)
    throw new RondoError("usage", `down: ${positionals[0]}, or --all of them?`, {
      remedy: "rondo lab down [LAB | --all]",
    });
  requireRoot("taking a lab down");
  const director = io.director ? { director: io.director } : {};
  for (const name of values["all"] ? allLabs().map((state) => state.name) : chosen(positionals[0])) {
    const was = await takeDown(name, director);
    io.stdout.write(was ? `lab ${name} is down\n` : `no lab ${name} is up\n`);
  }
  return 0;
}

function chosen(name: string | undefined): string[] {
  if (name !== undefined) return [name];
  return allLabs().some(({ kind }) => kind === "up") ? [onlyLab().name] : [];
}
