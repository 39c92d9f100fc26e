import { Capture, endDeadTrace, isTraceDead, mostCaptured } from "../dataplane/xdp/index.js";
import { type CaptureFilter, isWanted } from "./capture-filter.js";
import { type Device, readPacket } from "./capture-lines.js";
import { fileSink, lineTaker, type Moments, pcapngTaker, type Sink, type Taker } from "./capture-output.js";
import { usageError } from "./command-io.js";
import { counted } from "./counted.js";
import { processIo } from "./process-io.js";
import { numberIn, type RecordingIo, type Session, withSession } from "./recording.js";
import { filterOptions, namedFilter } from "./targets.js";
import { readWords, type Values } from "./words.js";

/** Enough for all headers and the beginning of what they carry. */
const usualLength = 256;

const usage = `usage: rondo capture [-w FILE] [-c COUNT] [-s LENGTH] [--in | --out] [--json] [WHICH…]

Shows the packets that the director decides about, each as it came, with what became of it, and as it left: also what the
director forwards in XDP, where tcpdump and iptables see nothing. Ctrl-C ends it.

  -w FILE     writes them to a pcapng file, for wireshark, tshark and tcpdump -r; -: to the standard output
  -c COUNT    ends after so many packets
  -s LENGTH   records so many bytes of a packet (${usualLength}; 0 or anything over ${mostCaptured}: ${mostCaptured})
  --in        only as they came
  --out       only as they left
  --json      a line of JSON for each packet

WHICH packets, if not all; all of these have to fit:

  -t|-u|--sctp-service ADDRESS:PORT, -f MARK [-6]    of this service
  --server ADDRESS[:PORT]                            to or from this real server
  --client ADDRESS[/BITS]                            of these clients
`;

const options = {
  ...filterOptions,
  write: { type: "string", short: "w" },
  count: { type: "string", short: "c" },
  length: { type: "string", short: "s" },
  in: { type: "boolean" },
  out: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** What a command line asks for. */
interface Wanted {
  readonly file: string | undefined;
  readonly count: number;
  readonly length: number;
  readonly moments: Moments;
  readonly json: boolean;
  readonly filter: CaptureFilter;
}

/** `rondo capture …`: see docs/manual/capture.md. */
export async function run(
  words: readonly string[],
  io: RecordingIo = { ...processIo, stdout: process.stdout },
): Promise<number> {
  const { values } = readWords("capture", words, options, 0);
  if (values["help"]) {
    io.stdout.write(usage);
    return 0;
  }
  const wanted = understood(values);
  if (wanted.file === "-" && io.stdout.isTTY)
    throw usageError(
      "a terminal can't read what -w - writes",
      "Give it to a program: rondo capture -w - | tshark -r -",
    );
  return withSession("a capture", io, (session) => record(session, wanted, io));
}

function understood(values: Values): Wanted {
  const { write } = values;
  const filter: CaptureFilter = namedFilter(values);
  if (values["in"] && values["out"]) throw usageError("--in or --out, or neither for both");
  if (values["json"] && write !== undefined) throw usageError("--json writes lines, -w a file: one of them");
  if (values["json"] && (values["in"] || values["out"]))
    throw usageError("--json tells of both, in one line");
  const length = numberIn(values, "length", usualLength, 0);
  return {
    file: write === undefined ? undefined : String(write),
    count: numberIn(values, "count", Number.POSITIVE_INFINITY, 1),
    length: length === 0 ? mostCaptured : Math.min(length, mostCaptured),
    moments: { in: !values["out"], out: !values["in"] },
    json: values["json"] === true,
    filter,
  };
}

async function record(session: Session, wanted: Wanted, io: RecordingIo): Promise<void> {
  const { state, host, ready, devices, end, onGone } = session;
  if (isTraceDead(state)) state.locked(() => endDeadTrace(state, host));
  const counts = { recorded: 0, shown: 0 };
  let file: ReturnType<typeof fileSink> | undefined;
  let take: Taker | undefined;
  const capture = new Capture(state, ready, {
    length: wanted.length,
    onPacket: (packet) => {
      if (counts.shown >= wanted.count || end.failed) return;
      counts.recorded++;
      const read = readPacket(packet);
      if (!isWanted(wanted.filter, packet, read.came)) return;
      if (!wanted.moments.in && !packet.left) return;
      counts.shown++;
      if (counts.shown >= wanted.count) end.now();
      try {
        take?.(read);
      } catch (error) {
        end.now(error);
      }
    },
    onGone,
  });
  let ended: ReturnType<Capture["stop"]>;
  try {
    // Not before it is sure that there is no other capture, which may write to the same file.
    if (wanted.file !== undefined && wanted.file !== "-") file = fileSink(wanted.file);
    take = takerFor(wanted, devices, file ?? io.stdout);
    await session.last("recording");
  } finally {
    ended = capture.stop();
    file?.close();
  }
  io.stderr.write(summary(counts, ended));
}

const takerFor = ({ file, moments, json, length }: Wanted, devices: readonly Device[], sink: Sink): Taker =>
  file === undefined ? lineTaker(sink, devices, moments, json) : pcapngTaker(sink, devices, moments, length);

function summary(
  { recorded, shown }: { recorded: number; shown: number },
  { lost, paused }: { lost: number; paused: number },
): string {
  const packets = (count: number) => counted(count, "packet");
  const lines = [shown === recorded ? packets(shown) : `${packets(shown)} of ${recorded} recorded`];
  if (lost > 0) lines.push(`${packets(lost)} not recorded: they came faster than they were read`);
  if (paused > 0) lines.push(`recording ceased ${counted(paused, "time")}, because this process stood still`);
  return lines.map((line) => `${line}\n`).join("");
}
