import { accessSync, constants } from "node:fs";
import { Agent, type AgentOptions, agentSocket, findUser } from "../daemon/index.js";
import { administrativeStates, operatingStates } from "../health/index.js";
import { parsePrefix } from "../ipvs/prefix.js";
import { didYouMean } from "../nearest.js";
import { isRoot } from "../sys/index.js";
import { IpAddress } from "../wire/address.js";
import { tellAgent } from "./agent-control.js";
import { type CommandIo, usageError } from "./command-io.js";
import { readDuration } from "./duration.js";
import { processIo } from "./process-io.js";
import { serviceUnit } from "./service-unit.js";
import { readWords, type Values, wholeNumber } from "./words.js";

const usage = `usage: rondo agent [OPTION…]
       rondo agent drain|maint|ready|up [--port N]
       rondo agent down|stopped|fail [REASON…] [--port N]
       rondo agent status [--port N] [--json]

On a real server: answers HAProxy's agent checks, and those of \`rondo watch\`, with how much of its weight the server
can bear, like "up 75%". The other forms tell a running agent what to say, or ask it.

  --port N              where it answers (9777)
  --bind ADDRESS,…      at which addresses of this host; without it at all of both families
  --allow NETWORK,…     whom it answers (10.0.0.0/8,fd00::/8); without it everybody

  --full N              the load average for each CPU at which nothing is left (2)
  --without-load        takes no notice of the load
  --memory              takes notice of the memory that is available
  --connections PORT:N  of established connections of a port, of which N are too many
  --file PATH           of the first line of a file: a percentage, or any words of an answer
  --command COMMAND     of what a shell's command prints; one that fails makes the server fail
  --every TIME          how often it looks (1s)
  --smooth TIME         how slowly the answer follows (10s)
  --least PERCENT       the smallest percentage that load leads to (10)

  --user NAME           who it becomes when it listens, started as root (nobody)
  --once                prints the answer, and doesn't listen
  --unit                prints a systemd unit that runs it with these options
`;

const options = {
  port: { type: "string" },
  bind: { type: "string" },
  allow: { type: "string" },
  full: { type: "string" },
  "without-load": { type: "boolean" },
  memory: { type: "boolean" },
  connections: { type: "string" },
  file: { type: "string" },
  command: { type: "string" },
  every: { type: "string" },
  smooth: { type: "string" },
  least: { type: "string" },
  user: { type: "string" },
  once: { type: "boolean" },
  unit: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const states: readonly string[] = [...administrativeStates, ...operatingStates];

/** `rondo agent …`: see docs/manual/agent.md. */
export async function run(words: readonly string[], io: CommandIo = processIo): Promise<number> {
  const { values, positionals } = readWords("agent", words, options, 64);
  if (values["help"]) {
    io.stdout.write(usage);
    return 0;
  }
  const [command, ...reason] = positionals;
  if (command !== undefined) {
    refuseOthers(command, values);
    return tellAgent(command, reason, readPort(values), values["json"] === true, io);
  }
  if (values["json"]) throw usageError("--json belongs to status");
  const read = readOptions(values);
  if (values["unit"]) {
    const own = words.filter((word) => word !== "--unit");
    const description = `Answers agent checks on port ${read.port}`;
    io.stdout.write(serviceUnit({ description, words: ["agent", ...own], after: [] }));
    return 0;
  }
  const world = {
    now: io.now,
    sleep: io.sleep,
    tell: (sentence: string) => io.stdout.write(`${sentence}\n`),
    complain: (sentence: string) => io.stderr.write(`${sentence}\n`),
  };
  const agent = new Agent(read, world);
  if (values["once"]) {
    await agent.look();
    io.stdout.write(`${agent.status().answer}\n`);
    return 0;
  }
  if (!isRoot()) io.stderr.write("Without root nobody can tell the agent what to say (drain, ready …).\n");
  return io.withSignals(async ({ first }) => {
    await agent.run(first);
    return 0;
  });
}

/** Who tells a running agent something changes none of its options. */
function refuseOthers(command: string, values: Values): void {
  if (!states.includes(command) && command !== "status")
    throw usageError(
      `there is no command ${command}${didYouMean(command, [...states, "status"])}`,
      "Try `rondo agent --help`.",
    );
  const belongs = command === "status" ? ["port", "json"] : ["port"];
  const other = Object.keys(values).find((name) => !belongs.includes(name));
  if (other !== undefined) throw usageError(`--${other} doesn't belong to ${command}`);
}

const readPort = (values: Values): number => numberOf(values, "port", 1, 65535) ?? 9777;

function readOptions(values: Values): AgentOptions {
  const port = readPort(values);
  const { file, command } = values;
  const connections = readConnections(values["connections"]);
  const sources = [values["memory"], connections, file, command].filter((source) => source !== undefined);
  if (values["without-load"] && sources.length === 0)
    throw usageError(
      "--without-load leaves nothing to look at",
      "Add --memory, --connections, --file or --command.",
    );
  if (file !== undefined) readable(String(file));
  const every = Math.max(100, timeOf(values, "every", 1000));
  const user = isRoot() && !values["once"] ? findUser(String(values["user"] ?? "nobody")) : undefined;
  if (values["user"] !== undefined && !isRoot())
    throw usageError("--user: only root can become somebody else");
  return {
    port,
    addresses: list(values["bind"]).map((text) => {
      const address = IpAddress.parse(text);
      if (!address) throw usageError(`--bind ${text}: that is no IP address`);
      return address;
    }),
    allow: list(values["allow"]).map((text) => parsePrefix(text, "--allow")),
    load: values["without-load"] !== true,
    memory: values["memory"] === true,
    full: numberOf(values, "full", 1, 1000) ?? 2,
    least: numberOf(values, "least", 1, 100) ?? 10,
    smooth: timeOf(values, "smooth", 10_000),
    every,
    commandTime: Math.max(1000, every),
    ...connections,
    ...(file !== undefined && { file: String(file) }),
    ...(command !== undefined && { command: String(command) }),
    ...(user && { user }),
    ...(isRoot() && !values["once"] && { control: agentSocket(port) }),
  };
}

const list = (value: string | boolean | undefined): string[] =>
  value === undefined
    ? []
    : String(value)
        .split(",")
        .filter((part) => part !== "");

function numberOf(values: Values, name: string, least: number, most: number): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = wholeNumber(String(text).replace(/%$/, name === "least" ? "" : "%"), least, most);
  if (number === undefined) throw usageError(`--${name} ${text}: it takes a number from ${least} to ${most}`);
  return number;
}

function timeOf(values: Values, name: string, otherwise: number): number {
  const text = values[name];
  return text === undefined ? otherwise : readDuration(String(text), `--${name}`);
}

function readConnections(value: string | boolean | undefined) {
  if (value === undefined) return undefined;
  const [port = "", most = "", ...more] = String(value).split(":");
  const connectionsOf = wholeNumber(port, 1, 65535);
  const mostConnections = wholeNumber(most, 1, 1_000_000_000);
  if (connectionsOf === undefined || mostConnections === undefined || more.length > 0)
    throw usageError(`--connections ${value}: it takes PORT:N, like 80:1000`);
  return { connectionsOf, mostConnections };
}

/** A file may come later; one that is there and can't be read is a mistake, and one that is no full path is too. */
function readable(path: string): void {
  if (!path.startsWith("/")) throw usageError(`--file ${path}: it takes a path that begins with /`);
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw usageError(`--file ${path} can't be read: ${code}`);
  }
}
