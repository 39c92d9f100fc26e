import type { FaultRunReport, Period, ReportedSecond, TrafficReport } from "../lab/index.js";
import { columns } from "./columns.js";
import { counted } from "./counted.js";
import { clock } from "./lab-faults.js";

/** The lines of a table of seconds, whose columns are as wide as what is usual in them. */
export class SecondLines {
  readonly #servers: readonly string[];
  readonly #start: () => number;

  /** @param servers those that have a column of their own. */
  constructor(servers: readonly string[], start: () => number) {
    this.#servers = servers;
    this.#start = start;
  }

  get head(): string {
    return this.#row(["time", "asked", "answered", ...this.#servers, "p50", "p99", "lost; broken"]);
  }

  line({ second, requests, answered, servers, errors, p50, p99, faults }: ReportedSecond): string {
    const others = Object.keys(servers).filter((name) => !this.#servers.includes(name));
    const remarks = [
      ...Object.entries(errors).map(([error, count]) => `${count} ${error}`),
      ...others.map((name) => `${servers[name]} answered by ${name}`),
      ...(faults.length > 0 ? [`[${faults.join(", ")}]`] : []),
    ];
    return this.#row([
      clock(new Date(this.#start() + second * 1000).toISOString()),
      `${requests}`,
      `${answered}`,
      ...this.#servers.map((name) => `${servers[name] ?? 0}`),
      latency(p50),
      latency(p99),
      remarks.join("; "),
    ]);
  }

  #row(cells: readonly string[]): string {
    const [time, asked, answered, ...rest] = cells;
    const servers = rest.slice(0, this.#servers.length);
    const [p50, p99, remarks] = rest.slice(this.#servers.length);
    return [
      time!.padEnd(8),
      asked!.padStart(5),
      answered!.padStart(8),
      ...servers.map((cell, i) => cell.padStart(Math.max(5, this.#servers[i]!.length))),
      p50!.padStart(7),
      p99!.padStart(7),
      remarks!,
    ]
      .join("  ")
      .trimEnd();
  }
}

const latency = (milliseconds: number | undefined) =>
  milliseconds === undefined ? "-" : `${milliseconds}ms`;
const inSeconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
const percent = (part: number, whole: number) =>
  whole === 0 ? "" : ` (${((100 * part) / whole).toFixed(1)}%)`;

/** What traffic came to, as a person reads it at the end. */
export function tellTraffic(report: TrafficReport): string[] {
  const { requests, lost, errors, servers, p50, p99, periods, duration, whole, from } = report;
  return [
    `${counted(requests, "request")} in ${inSeconds(duration)}, ${lost} lost${percent(lost, requests)}; p50 ${latency(p50)}, p99 ${latency(p99)}`,
    ...Object.entries(servers).map(([name, count]) => `  ${name} answered ${count}`),
    ...Object.entries(errors).map(([error, count]) => `  ${count} ${error}`),
    ...(periods.length > 1 || periods.some(({ faults }) => faults.length > 0) ? tellPeriods(periods) : []),
    ...(whole ? [] : [`The client on ${from} was ended before its time.`]),
  ];
}

function tellPeriods(periods: readonly Period[]): string[] {
  return columns(
    periods.map(({ from, faults, requests, lost, goodAfter, sharesAfter }, i) => [
      `  from ${inSeconds(from)}`,
      faults.length === 0 ? "nothing broken" : faults.join(", "),
      `${lost} of ${requests} lost${percent(lost, requests)}`,
      i === 0
        ? ""
        : `${goodAfter === null ? "no good second" : `good after ${inSeconds(goodAfter)}`}` +
          (sharesAfter === null ? "" : `, shared as before after ${inSeconds(sharesAfter)}`),
    ]),
  );
}

/** What a fault cost, at the end of a run. */
export function tellCost({ cost, ok }: FaultRunReport): string[] {
  const { fault, at, healAt, requests, lost, requestsAfter, lostAfter } = cost;
  const { goodAfterFault, goodAfterHeal, sharesAfterHeal } = cost;
  const after = (milliseconds: number | null, none: string) =>
    milliseconds === null ? none : `after ${inSeconds(milliseconds)}`;
  return [
    "",
    `${fault}, from ${inSeconds(at)} to ${inSeconds(healAt)}:`,
    ...columns([
      ["  lost while it was there", `${lost} of ${requests}${percent(lost, requests)}`],
      ["  without loss while it was there", after(goodAfterFault, "not for a second")],
      ["  lost after it was mended", `${lostAfter} of ${requestsAfter}${percent(lostAfter, requestsAfter)}`],
      ["  without loss again", after(goodAfterHeal, "not before the end")],
      ["  shared as before", after(sharesAfterHeal, "not before the end")],
    ]),
    "",
    ok ? "ok: in the end all was as before" : "not ok: in the end it was not as before",
  ];
}
