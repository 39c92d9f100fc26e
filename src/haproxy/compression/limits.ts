import { type EventLoopUtilization, performance } from "node:perf_hooks";
import type { Global } from "../../config/haproxy/model/index.js";
import { Rate, SharedCount, type SharedMemory } from "../../proxy/index.js";

/** What zlib takes for one answer: its window and its tables at memLevel 8, which is Node's. */
const bytesOfOne = 268_000;

/** How much is compressed now, over all threads, and whether one answer more may be (maxcomprate, maxcompcpuusage, maxzlibmem). */
export class CompressionLimits {
  /** Bytes of the last second, before and after. */
  readonly bytesIn: Rate;
  readonly bytesOut: Rate;
  readonly maxMemory: number;
  readonly #maxBusy: number; // 0 to 1
  readonly #active: SharedCount;
  readonly #now: () => number;
  readonly #maxRate: () => number;
  #since: EventLoopUtilization = performance.eventLoopUtilization();
  #measured = 0;
  #busy = 0;

  /** `maxRate` is asked each time (`set rate-limit http-compression global` changes it): bytes a second, 0 is no limit. */
  constructor(
    settings: Global,
    memory: SharedMemory,
    now: () => number,
    maxRate: () => number = () => settings.maxCompRate,
  ) {
    this.bytesIn = new Rate(memory, "compression in");
    this.bytesOut = new Rate(memory, "compression out");
    this.#maxRate = maxRate;
    this.maxMemory = settings.maxZlibMem;
    this.#maxBusy = settings.maxCompCpuUsage > 0 ? settings.maxCompCpuUsage / 100 : 1;
    this.#active = new SharedCount(memory, "compressions");
    this.#now = now;
  }

  /** Bytes that zlib has now, about (ZlibMemUsage). */
  get usedMemory(): number {
    return this.#active.value * bytesOfOne;
  }

  begin(): boolean {
    const maxRate = this.#maxRate();
    if (maxRate > 0 && this.bytesIn.read(this.#now()) > maxRate) return false;
    if (this.#maxBusy < 1 && this.#utilization() > this.#maxBusy) return false;
    if (this.maxMemory === 0) {
      this.#active.add(1);
      return true;
    }
    return this.#active.takeBelow(Math.max(1, Math.floor(this.maxMemory / bytesOfOne)));
  }

  end(): void {
    this.#active.add(-1);
  }

  count(bytesIn: number, bytesOut: number): void {
    const now = this.#now();
    if (bytesIn > 0) this.bytesIn.add(now, bytesIn);
    if (bytesOut > 0) this.bytesOut.add(now, bytesOut);
  }

  /** The part of the last half second in which this thread was busy. */
  #utilization(): number {
    const now = this.#now();
    if (now - this.#measured >= 500) {
      this.#busy = performance.eventLoopUtilization(this.#since).utilization;
      this.#since = performance.eventLoopUtilization();
      this.#measured = now;
    }
    return this.#busy;
  }
}
