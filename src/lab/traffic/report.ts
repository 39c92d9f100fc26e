import { RondoError } from "../../errors.js";
import { type Fault, faultText, placeOf } from "../faults/fault.js";
import { refuseOff } from "../faults/power.js";
import type { Lab } from "../lab.js";
import { readState } from "../state.js";
import { type Period, periodsOf } from "./periods.js";
import { type Second, Series, type Tally, tally } from "./series.js";
import { startTraffic } from "./traffic.js";

export interface TrafficOptions {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds for one request. */
  readonly timeout: number;
  /** Until the signal if none are given. */
  readonly seconds?: number;
  /** Aborted when enough was asked: what was, is reported. */
  readonly signal: AbortSignal;
  /** Told when the first request is begun. */
  readonly onStart?: () => void;
  /** Told each second when all of its requests have ended, in order. */
  readonly onSecond?: (second: ReportedSecond) => void;
  /** Told a few times a second how it stands. */
  readonly onProgress?: (series: Series) => void;
}

export interface ReportedSecond extends Second {
  /** What was broken at any time of it. */
  readonly faults: readonly string[];
}

/** What some time of traffic came to. */
export interface TrafficReport extends Tally {
  readonly lab: string;
  readonly topology: string;
  /** The host that asked. */
  readonly from: string;
  readonly address: string;
  readonly port: number;
  readonly rate: number;
  readonly timeout: number;
  /** ISO 8601 */
  readonly start: string;
  /** From the first request to the last, in milliseconds. */
  readonly duration: number;
  /** False if the client was ended by something else, as its host's power. */
  readonly whole: boolean;
  readonly periods: readonly Period[];
  readonly seconds: readonly ReportedSecond[];
}

/** How often the lab's record is looked at for what is broken, in milliseconds. */
const lookEvery = 100;

/**
 * Asks a topology's traffic address from its client, and notes what is broken meanwhile.
 * @throws RondoError "client-failed", "host-off"
 */
export async function measureTraffic(lab: Lab, options: TrafficOptions): Promise<TrafficReport> {
  const { from, address, port } = lab.topology.traffic;
  const { rate, timeout, seconds, signal, onStart, onSecond, onProgress } = options;
  refuseOff(lab, from);
  const series = new Series();
  let told = 0;
  const reported = (n: number): ReportedSecond => ({ ...series.second(n), faults: series.faultsIn(n) });
  const tell = () => {
    for (; told < series.complete; told++) onSecond?.(reported(told));
  };
  const look = () => {
    const faults = readState(lab.name)?.faults;
    if (faults) series.mark(Date.now(), faultWords(faults));
    else if (series.marks.length > 0) series.mark(Date.now(), []);
    onProgress?.(series);
  };
  look();
  const plan = { address, port, path: "/", rate, timeout, ...(seconds !== undefined && { seconds }) };
  const traffic = await startTraffic(lab.host(from), plan, series, tell);
  onStart?.();
  const timer = setInterval(look, lookEvery);
  const stop = () => traffic.stop();
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const whole = await traffic.ended;
  clearInterval(timer);
  signal.removeEventListener("abort", stop);
  tell();
  if (series.outcomes.length === 0 && !whole)
    throw new RondoError("client-failed", `the client on ${from} was ended before anything was answered`);
  const last = series.outcomes.reduce((most, { at }) => Math.max(most, at), series.start);
  return {
    lab: lab.name,
    topology: lab.topology.name,
    from,
    address,
    port,
    rate,
    timeout,
    start: new Date(series.start).toISOString(),
    duration: Math.round(last - series.start),
    whole,
    ...tally(series.outcomes),
    periods: periodsOf(series.outcomes, series.marks, { start: series.start, end: last + 1000 / rate }),
    seconds: series.seconds.map(({ second }) => reported(second)),
  };
}

/** "web1: cut", "web2: loss 5%"; of a host's several cables each by itself. */
function faultWords(faults: readonly Fault[]): string[] {
  return faults.map((fault) => `${placeOf(fault)}: ${faultText(fault)}`);
}
