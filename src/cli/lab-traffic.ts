import { RondoError } from "../errors.js";
import {
  type DirectorControl,
  type Hook,
  type Lab,
  labNamed,
  measureTraffic,
  onlyLab,
  type ReportedSecond,
  readTime,
  requireRoot,
  runWithFault,
  type Series,
  type Topology,
} from "../lab/index.js";
import type { LabIo } from "./lab.js";
import { readFaultText } from "./lab-fault-words.js";
import { untilSignal } from "./lab-signals.js";
import { SecondLines, tellCost, tellTraffic } from "./lab-traffic-report.js";
import { type OptionTypes, parseWords, wholeNumber } from "./words.js";

type Values = Readonly<Record<string, string | boolean | undefined>>;

const defaults = { rate: "50", timeout: "1s", at: "2s", healAfter: 3000 } as const;
const mostRequests = 1000; // a second
const longest = 24 * 3600; // seconds

/** Their part of `rondo lab --help`. */
export const trafficUsage = `  traffic [LAB]             ask, and show who answers   [--rate 50] [--seconds N] [--timeout 1s] [--json]
  run NAME --fault "cut web1"   up, traffic, a fault, its end, what it cost
                            [--at 2s] [--heal-at 5s] [--seconds N] [--rate 50] [--timeout 1s] [--json]
`;

/** What `rondo lab run` takes besides, if there is to be a fault. */
export const faultRunOptions: OptionTypes = {
  fault: { type: "string" },
  at: { type: "string" },
  "heal-at": { type: "string" },
  seconds: { type: "string" },
  rate: { type: "string" },
  timeout: { type: "string" },
};

const wrong = (message: string) => new RondoError("usage", message, { remedy: "See `rondo lab --help`." });

/** `rondo lab traffic`: status 0 if all was answered. */
export async function traffic(words: readonly string[], io: LabIo): Promise<number> {
  const types: OptionTypes = {
    rate: { type: "string" },
    seconds: { type: "string" },
    timeout: { type: "string" },
    lab: { type: "string" },
    json: { type: "boolean" },
  };
  const { values, positionals } = parseWords<string | boolean>(words, types, (message) =>
    wrong(`traffic: ${message}`),
  );
  if (positionals.length > 1) throw wrong(`traffic: ${positionals[1]} is too much`);
  const pace = paceOf(values);
  const seconds = values["seconds"] === undefined ? undefined : secondsOf(values["seconds"]);
  requireRoot("asking from a lab's client");
  const name = positionals[0] ?? values["lab"];
  const lab = name === undefined ? onlyLab() : labNamed(String(name));
  return await untilSignal(async (signal) => {
    const view = values["json"] ? undefined : new View(lab, pace.rate, io);
    const report = await measureTraffic(lab, {
      ...pace,
      signal,
      ...(seconds !== undefined && { seconds }),
      ...view?.callbacks,
    });
    view?.end();
    if (values["json"]) io.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    else for (const line of ["", ...tellTraffic(report)]) io.stdout.write(`${line}\n`);
    return report.lost === 0 && report.whole ? 0 : 1;
  });
}

interface RunSurroundings {
  readonly topology: Topology;
  readonly hook: Hook;
  readonly director?: DirectorControl;
  readonly progress?: (what: string) => void;
}

/** `rondo lab run NAME --fault "cut web1"`: status 0 if all was as before in the end. */
export async function runFault(values: Values, around: RunSurroundings, io: LabIo): Promise<number> {
  if (values["requests"] !== undefined)
    throw wrong("run: --requests is for a run without a fault; here it is --rate and --seconds");
  const { wish, host, interface: device, lab: other } = readFaultText(String(values["fault"]));
  if (other !== undefined || host.includes("/"))
    throw wrong("run: the fault is in the run's own lab: name the host alone");
  const pace = paceOf(values);
  const at = momentOf("at", values["at"] ?? defaults.at);
  if (at < 1000) throw wrong("run: --at is 1s at least: what was before the fault is what is compared with");
  const healAt =
    values["heal-at"] === undefined ? at + defaults.healAfter : momentOf("heal-at", values["heal-at"]);
  if (healAt < at + 1000) throw wrong("run: --heal-at is a second after --at at the earliest");
  const end = values["seconds"] === undefined ? undefined : secondsOf(values["seconds"]) * 1000;
  if (end !== undefined && end < healAt + 1000)
    throw wrong("run: --seconds ends a second after --heal-at at the earliest");
  return await untilSignal(async (signal) => {
    const view = values["json"] ? undefined : new View(around, pace.rate, io);
    const report = await runWithFault({
      ...around,
      ...pace,
      wish,
      place: { host, ...(device !== undefined && { interface: device }) },
      at,
      healAt,
      ...(end !== undefined && { end }),
      signal,
      ...view?.callbacks,
    });
    view?.end();
    if (values["json"]) io.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    else for (const line of ["", ...tellTraffic(report), ...tellCost(report)]) io.stdout.write(`${line}\n`);
    return report.ok ? 0 : 1;
  });
}

/** A run without a fault has no use for these. */
export function refuseFaultOptions(values: Values): void {
  for (const name of Object.keys(faultRunOptions))
    if (name !== "fault" && values[name] !== undefined)
      throw wrong(`run: --${name} is for a run with a fault: --fault "cut web1"`);
}

function paceOf(values: Values): { rate: number; timeout: number } {
  const rate = wholeNumber(String(values["rate"] ?? defaults.rate), 1, mostRequests);
  if (rate === undefined)
    throw wrong(
      `--rate ${values["rate"]}: it takes a number of requests a second, from 1 to ${mostRequests}`,
    );
  const timeout = readTime(String(values["timeout"] ?? defaults.timeout));
  if (timeout === undefined || timeout < 1 || timeout > 60_000)
    throw wrong(`--timeout ${values["timeout"]}: it takes a time such as 1s or 500ms, 60s at most`);
  return { rate, timeout };
}

function secondsOf(value: string | boolean): number {
  const seconds = wholeNumber(String(value).replace(/s$/, ""), 1, longest);
  if (seconds !== undefined) return seconds;
  throw wrong(`--seconds ${value}: it takes a number from 1 to ${longest}`);
}

function momentOf(option: string, value: string | boolean): number {
  const time = readTime(String(value));
  if (time !== undefined && time <= longest * 1000) return time;
  throw wrong(`run: --${option} ${value}: it takes a time such as 2s`);
}

/** Lines of seconds; on a terminal with one more below them that changes. */
class View {
  readonly #lines: SecondLines;
  readonly #io: LabIo;
  readonly #what: string;
  #series: Series | undefined;
  #shown = 0;
  #start = 0;
  #status = "";

  constructor({ topology }: Pick<Lab, "topology">, rate: number, io: LabIo) {
    const { from, address, port } = topology.traffic;
    const servers = topology.hosts.filter(({ web }) => web !== undefined).map(({ name }) => name);
    this.#io = io;
    this.#lines = new SecondLines(servers, () => this.#start);
    this.#what = `${from} asks ${address}:${port}, ${rate} a second`;
  }

  readonly callbacks = {
    onSecond: (second: ReportedSecond) => {
      this.#clear();
      const { stdout } = this.#io;
      // A person sees the head again when the last one has gone.
      if (this.#shown === 0 || (stdout.isTTY && this.#shown % 20 === 0))
        stdout.write(`${this.#lines.head}\n`);
      this.#shown++;
      stdout.write(`${this.#lines.line(second)}\n`);
      if (this.#series) this.#showStatus(this.#series);
    },
    onProgress: (series: Series) => {
      this.#series = series;
      this.#start = series.start;
      this.#showStatus(series);
    },
  };

  end(): void {
    this.#clear();
  }

  #showStatus(series: Series): void {
    if (!this.#io.stdout.isTTY || series.start === 0) return;
    const faults = series.marks.at(-1)?.faults ?? [];
    const broken = faults.length === 0 ? "nothing is broken" : `BROKEN: ${faults.join(", ")}`;
    const seconds = Math.floor((Date.now() - series.start) / 1000);
    const line = `${this.#what}, for ${seconds} s; ${broken}; Ctrl-C ends`;
    const { columns: width = 80 } = this.#io.stdout as { columns?: number };
    if (line === this.#status) return;
    this.#clear();
    this.#io.stdout.write(line.slice(0, width - 1));
    this.#status = line;
  }

  #clear(): void {
    if (this.#status !== "") this.#io.stdout.write("\r\x1b[K");
    this.#status = "";
  }
}
