import { mostCandidates, Trace } from "../dataplane/xdp/index.js";
import type { Protocol } from "../ipvs/model.js";
import { didYouMean } from "../nearest.js";
import { usageError } from "./command-io.js";
import { counted } from "./counted.js";
import { systemNames } from "./host-names.js";
import { processIo } from "./process-io.js";
import { numberIn, type RecordingIo, type Session, withSession } from "./recording.js";
import { filterOptions, namedFilter } from "./targets.js";
import { namesOf, numericNames } from "./trace-names.js";
import { Printer, type Wanted } from "./trace-printer.js";
import { readWords, type Values } from "./words.js";

/** Packets that a CPU follows in a second if nothing is said. */
const usualLimit = 1000;

const usage = `usage: rondo trace [-n] [--brief | --json] [-c COUNT] [--seconds SECONDS] [--limit NUMBER] [--all] [WHICH…]

Follows packets through the director: what came, what the connection table had, which server the scheduler chose and why
(what it saw of up to ${mostCandidates} servers), how the packet was rewritten, and where it left. Ctrl-C ends it.

  -n, --numeric      addresses and ports as numbers
  --brief            a line for each new connection
  --json             a line of JSON for each packet
  -c COUNT           ends after so many packets (--brief: lines)
  --seconds SECONDS  ends after so long
  --limit NUMBER     follows so many packets on a CPU in a second (${usualLimit}); what is more is counted
  --all              also what belongs to no service

WHICH packets, if not all; all of these have to fit:

  -t|-u|--sctp-service ADDRESS:PORT, -f MARK [-6]    of this service
  --server ADDRESS[:PORT]                            to or from this real server
  --client ADDRESS[/BITS]                            of these clients
  --client-port PORT                                 of this port of theirs
  --protocol tcp|udp|sctp
`;

const options = {
  ...filterOptions,
  "client-port": { type: "string" },
  protocol: { type: "string" },
  numeric: { type: "boolean", short: "n" },
  brief: { type: "boolean" },
  json: { type: "boolean" },
  count: { type: "string", short: "c" },
  seconds: { type: "string" },
  limit: { type: "string" },
  all: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** `rondo trace …`: see docs/manual/trace.md. */
export async function run(
  words: readonly string[],
  io: RecordingIo = { ...processIo, stdout: process.stdout },
): Promise<number> {
  const { values } = readWords("trace", words, options, 0);
  if (values["help"]) {
    io.stdout.write(usage);
    return 0;
  }
  const wanted = understood(values);
  return withSession("a trace", io, (session) => follow(session, wanted, io));
}

function understood(values: Values): Wanted {
  if (values["brief"] && values["json"])
    throw usageError("--brief is for people, --json for programs: one of them");
  const seconds = numberIn(values, "seconds", 0, 1);
  return {
    packets: {
      ...namedFilter(values),
      ...clientPort(values),
      ...protocol(values),
      ...(values["all"] === true && { all: true }),
      limit: numberIn(values, "limit", usualLimit, 1),
    },
    form: values["json"] ? "json" : values["brief"] ? "brief" : "blocks",
    numeric: values["numeric"] === true,
    count: numberIn(values, "count", Number.POSITIVE_INFINITY, 1),
    time: seconds === 0 ? undefined : seconds * 1000,
  };
}

function clientPort(values: Values): { clientPort?: number } {
  const port = numberIn(values, "client-port", 0, 1);
  if (port > 65535) throw usageError(`--client-port ${port}: a port is 65535 at most`);
  return port === 0 ? {} : { clientPort: port };
}

const protocols = ["tcp", "udp", "sctp"] as const satisfies readonly Protocol[];

function protocol(values: Values): { protocol?: Protocol } {
  const text = values["protocol"];
  if (text === undefined) return {};
  const found = protocols.find((one) => one === text);
  if (found) return { protocol: found };
  throw usageError(`--protocol ${text}: tcp, udp or sctp${didYouMean(String(text), protocols)}`);
}

async function follow(session: Session, wanted: Wanted, io: RecordingIo): Promise<void> {
  const { state, host, ready, devices, end, onGone } = session;
  const names = wanted.numeric || wanted.form === "json" ? numericNames : namesOf(systemNames());
  const printer = new Printer(wanted, names, devices, io, end);
  const trace = new Trace(state, host, ready, {
    wanted: wanted.packets,
    onPacket: (packet) => printer.take(packet),
    onLost: (count) => printer.lost(count),
    onGone,
  });
  // Node takes a longer time for none at all.
  const timer =
    wanted.time === undefined || wanted.time >= 2 ** 31
      ? undefined
      : setTimeout(() => end.now(), wanted.time);
  let ended: ReturnType<Trace["stop"]>;
  try {
    await session.last("following");
  } finally {
    clearTimeout(timer);
    ended = trace.stop();
  }
  await printer.idle();
  io.stderr.write(summary(printer.shown, wanted.form === "brief" ? "connection" : "packet", ended));
}

function summary(shown: number, what: string, { lost, paused }: { lost: number; paused: number }): string {
  const lines = [counted(shown, what)];
  if (lost > 0) lines.push(`${counted(lost, "packet")} not followed: see --limit`);
  if (paused > 0) lines.push(`following ceased ${counted(paused, "time")}, because this process stood still`);
  return lines.map((line) => `${line}\n`).join("");
}
