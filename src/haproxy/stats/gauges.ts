import { performance } from "node:perf_hooks";
import type { FrontRun, ProcessRun } from "../run/index.js";
import { isCounted } from "./select-rows.js";

/** Totals over all front ends, at one moment. */
interface Totals {
  readonly at: number;
  readonly bytesOut: number;
  readonly compressedIn: number;
  readonly compressedOut: number;
  readonly backTlsKeys: number;
}

/**
 * Figures of the whole process that nobody counts for themselves: sums over the front ends, and what they were a second before. One per thread
 * that answers `show info`; `sample` is called once a second.
 */
export class ProcessGauges {
  /** Connections to the runtime socket: HAProxy counts them with the others. */
  socketConnections = 0;
  socketConnectionsNow = 0;
  socketRequests = 0;
  connectionRateMax = 0;
  sessionRateMax = 0;
  tlsRateMax = 0;
  tlsKeyRateMax = 0;
  backTlsKeyRateMax = 0;
  idlePercent = 100;
  readonly #process: ProcessRun;
  #before: Totals;
  #rates: Omit<Totals, "at">;
  #utilization = performance.eventLoopUtilization();

  constructor(process: ProcessRun) {
    this.#process = process;
    this.#before = this.#totals();
    this.#rates = { bytesOut: 0, compressedIn: 0, compressedOut: 0, backTlsKeys: 0 };
  }

  /** Begins to sample every second; gives what ends it. */
  start(): () => void {
    let cancel = () => {};
    const again = () => {
      this.sample();
      cancel = this.#process.after(1000, again);
    };
    cancel = this.#process.after(1000, again);
    return () => cancel();
  }

  sample(): void {
    const totals = this.#totals();
    const seconds = (totals.at - this.#before.at) / 1000;
    if (seconds < 0.001) return;
    const rate = (name: keyof Omit<Totals, "at">) => Math.max(totals[name] - this.#before[name], 0) / seconds;
    this.#rates = {
      bytesOut: rate("bytesOut"),
      compressedIn: rate("compressedIn"),
      compressedOut: rate("compressedOut"),
      backTlsKeys: rate("backTlsKeys"),
    };
    this.#before = totals;
    this.readTls();
    this.backTlsKeyRateMax = Math.max(this.backTlsKeyRateMax, Math.round(this.#rates.backTlsKeys));
    this.readRates();
    const utilization = performance.eventLoopUtilization();
    this.idlePercent = Math.round(
      100 * (1 - performance.eventLoopUtilization(utilization, this.#utilization).utilization),
    );
    this.#utilization = utilization;
  }

  /** What passed in the last whole second that was looked at, in events or bytes a second. */
  get rates(): Omit<Totals, "at"> {
    // In threads where nobody calls it every second: what passed since the last look.
    if (this.#process.now() - this.#before.at > 1500) this.sample();
    return this.#rates;
  }

  /** Connections and sessions a second, now; their maxima are kept. */
  readRates(): { readonly connections: number; readonly sessions: number } {
    const now = this.#process.now();
    let connections = 0;
    let sessions = 0;
    for (const front of this.fronts()) {
      connections += front.connectionRate.read(now);
      sessions += front.sessionRate.read(now);
      this.connectionRateMax = Math.max(this.connectionRateMax, front.counters.total("connectionRateMax"));
      this.sessionRateMax = Math.max(this.sessionRateMax, front.counters.total("sessionRateMax"));
    }
    this.connectionRateMax = Math.max(this.connectionRateMax, connections);
    this.sessionRateMax = Math.max(this.sessionRateMax, sessions);
    return { connections, sessions };
  }

  /** Handshakes of TLS with clients a second, now, and those of them with a new key. */
  readTls(): { readonly sessions: number; readonly keys: number } {
    const now = this.#process.now();
    let sessions = 0;
    let keys = 0;
    for (const { tlsRate, tlsKeyRate } of this.fronts()) {
      sessions += tlsRate?.exact(now) ?? 0;
      keys += tlsKeyRate?.exact(now) ?? 0;
    }
    this.tlsRateMax = Math.max(this.tlsRateMax, Math.floor(sessions));
    this.tlsKeyRateMax = Math.max(this.tlsKeyRateMax, Math.floor(keys));
    return { sessions, keys };
  }

  /** `clear counters` */
  clearMaxima(): void {
    this.connectionRateMax = 0;
    this.sessionRateMax = 0;
    this.tlsRateMax = 0;
    this.tlsKeyRateMax = 0;
    this.backTlsKeyRateMax = 0;
  }

  *fronts(): Generator<FrontRun> {
    for (const proxy of this.#process.proxies)
      if (isCounted(proxy) && proxy.front !== undefined) yield proxy.front;
  }

  #totals(): Totals {
    const totals = { bytesOut: 0, compressedIn: 0, compressedOut: 0, backTlsKeys: 0 };
    for (const { counters } of this.fronts()) {
      totals.bytesOut += counters.total("bytesOut");
      totals.compressedIn += counters.total("compressedIn");
      totals.compressedOut += counters.total("compressedOut");
    }
    for (const proxy of this.#process.proxies)
      for (const { counters } of proxy.back?.servers ?? [])
        totals.backTlsKeys += counters.total("tlsSessions") - counters.total("tlsReused");
    return { at: this.#process.now(), ...totals };
  }
}
