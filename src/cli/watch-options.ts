import type { WatchOptions } from "../daemon/index.js";
import { agentProbe, httpProbe, type Probe, tcpProbe } from "../health/index.js";
import { usageError } from "./command-io.js";
import { readDuration } from "./duration.js";
import { type OptionTypes, type Values, wholeNumber } from "./words.js";

/** The options of `rondo watch`. */
export const watchOptions: OptionTypes = {
  tcp: { type: "boolean" },
  http: { type: "string" },
  status: { type: "string" },
  host: { type: "string" },
  agent: { type: "string" },
  port: { type: "string" },
  interval: { type: "string" },
  timeout: { type: "string" },
  rise: { type: "string" },
  fall: { type: "string" },
  "slow-start": { type: "string" },
  step: { type: "string" },
  "last-resort": { type: "string" },
  keep: { type: "boolean" },
  json: { type: "boolean" },
  unit: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

/** The shortest interval, in milliseconds. */
const shortest = 100;

/** What they say. */
export function readWatchOptions(values: Values): WatchOptions {
  const number = (name: string, least: number, most: number, otherwise: number) => {
    if (values[name] === undefined) return otherwise;
    const found = wholeNumber(String(values[name]).replace(/%$/, name === "step" ? "" : "%"), least, most);
    if (found === undefined)
      throw usageError(`--${name} ${values[name]}: it takes a number from ${least} to ${most}`);
    return found;
  };
  const time = (name: string, otherwise: number) =>
    values[name] === undefined ? otherwise : readDuration(String(values[name]), `--${name}`);
  const port = values["port"] === undefined ? undefined : number("port", 1, 65535, 0);
  const interval = time("interval", 2000);
  if (interval < shortest) throw usageError(`--interval ${values["interval"]}: it takes 100ms or more`);
  const timeout = time("timeout", Math.min(1000, interval));
  if (timeout < 1 || timeout > interval)
    throw usageError(
      `--timeout ${values["timeout"]}: a check has to be over when the next one is due`,
      "Give an --interval that is no shorter.",
    );
  return {
    probes: readProbes(values),
    ...(port !== undefined && { port }),
    agentPort: values["agent"] === undefined ? 0 : number("agent", 1, 65535, 0),
    interval,
    timeout,
    rise: number("rise", 1, 1000, 2),
    fall: number("fall", 1, 1000, 3),
    slowStart: time("slow-start", 0),
    step: number("step", 1, 100, 10),
    lastResort: readLastResort(String(values["last-resort"] ?? "refuse")),
    keep: values["keep"] === true,
  };
}

function readProbes(values: Values): Probe[] {
  const { tcp, http, status, host, agent } = values;
  for (const name of ["status", "host"] as const)
    if (values[name] !== undefined && http === undefined) throw usageError(`--${name} belongs to --http`);
  const probes: Probe[] = [];
  if (http !== undefined)
    probes.push(
      httpProbe({
        path: readPath(String(http)),
        status: readStatuses(String(status ?? "200-399")),
        ...(host !== undefined && { host: readHost(String(host)) }),
      }),
    );
  if (agent !== undefined) probes.push(agentProbe());
  if (tcp || probes.length === 0) probes.unshift(tcpProbe());
  const asksServers = probes.some(({ kind }) => kind !== "agent");
  if (values["port"] !== undefined && !asksServers)
    throw usageError("--port belongs to --tcp and --http", "The agent's port is that of --agent.");
  return probes;
}

function readPath(text: string): string {
  if (/^\/[\x21-\x7e]*$/.test(text)) return text;
  throw usageError(`--http ${text}: it takes a path like /health, without blanks`);
}

function readHost(text: string): string {
  if (/^[\w.:[\]-]+$/.test(text)) return text;
  throw usageError(`--host ${text}: that is no name of a host`);
}

function readStatuses(text: string): { from: number; to: number }[] {
  return text.split(",").map((part) => {
    const found = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(part);
    const from = Number(found?.[1]);
    const to = Number(found?.[2] ?? found?.[1]);
    if (!found || from > to)
      throw usageError(`--status ${text}: it takes statuses like 200-399 or 200,204,301`);
    return { from, to };
  });
}

function readLastResort(text: string): "refuse" | "keep" {
  if (text === "refuse" || text === "keep") return text;
  throw usageError(`--last-resort ${text}: it takes refuse or keep`);
}
