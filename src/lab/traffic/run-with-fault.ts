import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { RondoError } from "../../errors.js";
import { type DirectorControl, rondoDirector } from "../director.js";
import { cablesOfHost } from "../faults/cables.js";
import { type FaultWish, faultText } from "../faults/fault.js";
import { heal, setFault } from "../faults/set-fault.js";
import { makeLab } from "../lab.js";
import type { Hook } from "../state.js";
import { takeDown } from "../take-down.js";
import type { Topology } from "../topology.js";
import type { Period } from "./periods.js";
import { measureTraffic, type TrafficOptions, type TrafficReport } from "./report.js";

interface FaultRunOptions extends Omit<TrafficOptions, "seconds"> {
  readonly topology: Topology;
  readonly hook: Hook;
  readonly wish: FaultWish;
  readonly place: { readonly host: string; readonly interface?: string };
  /** When it is broken, and when it is healed: milliseconds since the traffic began. */
  readonly at: number;
  readonly healAt: number;
  /** When the traffic ends; some seconds after all is healed if nothing is said. */
  readonly end?: number;
  readonly director?: DirectorControl;
  readonly progress?: (what: string) => void;
}

/** What a fault cost, in the figures that people ask for. */
export interface FaultCost {
  /** "web1: cut" */
  readonly fault: string;
  /** When it was broken, and when it was healed or ended by itself: milliseconds since the traffic began. */
  readonly at: number;
  readonly healAt: number;
  /** Requests that were begun while it was there, and how many of them were lost. */
  readonly requests: number;
  readonly lost: number;
  /** The same of the requests that were begun after it was mended. */
  readonly requestsAfter: number;
  readonly lostAfter: number;
  /** Milliseconds from the fault to the first whole second without a loss while it was there; null if there was none. */
  readonly goodAfterFault: number | null;
  /** Milliseconds from `healAt` to the first whole second without a loss; null if there was none. */
  readonly goodAfterHeal: number | null;
  /** And to the first one in which, besides, the servers had the shares that they had before. */
  readonly sharesAfterHeal: number | null;
}

export interface FaultRunReport extends TrafficReport {
  readonly hook: Hook;
  readonly cost: FaultCost;
  /** All was as before in the end. */
  readonly ok: boolean;
}

/** How long traffic goes on after all was healed: a director asks for a server that was silent every five seconds. */
const settling = 6000;

/**
 * Brings a topology up under a name that nothing else has, has it asked, breaks something, mends it, and takes the lab down
 * again, whatever happens.
 * @throws RondoError, what aborted the signal; nothing is left of the lab then.
 */
export async function runWithFault(options: FaultRunOptions): Promise<FaultRunReport> {
  const { topology, hook, wish, place, director = rondoDirector, signal, progress } = options;
  cablesOfHost(topology, place.host, place.interface); // Before anything is made.
  if (wish.kind === "fail" && place.host === topology.traffic.from)
    throw new RondoError(
      "nobody-asks",
      `without power ${place.host} asks nothing, so there would be no figures`,
      {
        remedy: `To have all of its requests lost: cut ${place.host}`,
      },
    );
  const name = `${topology.name}-run-${process.pid}-${randomBytes(2).toString("hex")}`;
  const { lab, guardian } = await makeLab({ ...options, name, kind: "run" });
  const failed = new AbortController();
  try {
    const { at, healAt, end, rate } = options;
    progress?.(
      `${rate} requests a second from ${topology.traffic.from}; ${faultText(wish)} of ${place.host}`,
    );
    const until = AbortSignal.any([signal, failed.signal]);
    const enough = new AbortController();
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const ended = measureTraffic(lab, {
      ...options,
      signal: AbortSignal.any([until, enough.signal]),
      ...(end !== undefined && { seconds: Math.ceil(end / 1000) }),
      onStart: begin,
    });
    let healAsked = Number.POSITIVE_INFINITY;
    const breaking = (async () => {
      await Promise.race([begun, ended]);
      await sleep(at, undefined, { signal: until });
      await setFault(name, place, wish, director);
      await sleep(Math.max(0, healAt - at), undefined, { signal: until });
      healAsked = Date.now();
      await heal(name, place, director);
      if (end !== undefined) return;
      await sleep(settling, undefined, { signal: until });
      enough.abort();
    })();
    breaking.catch((error) => failed.abort(error));
    const [report] = await Promise.all([ended, breaking]);
    signal.throwIfAborted();
    return { ...report, hook, ...judge(report, `${place.host}: ${faultText(wish)}`, healAsked) };
  } finally {
    failed.abort(); // Nothing is broken or healed any more.
    await takeDown(name, { director });
    guardian.dismiss();
  }
}

/** The periods are: before, with the fault (which may end by itself), and after. */
function judge(report: TrafficReport, fault: string, healAsked: number): { cost: FaultCost; ok: boolean } {
  const { periods } = report;
  const broken = periods.filter(({ faults }) => faults.length > 0);
  const [first] = broken;
  if (!first)
    throw new RondoError("no-figures", `nothing was asked while there was ${fault}`, {
      remedy: "Did the client work? Try it with `rondo lab traffic`.",
    });
  const after = periods.slice(periods.lastIndexOf(broken.at(-1)!) + 1);
  const last = after.at(-1);
  const sum = (some: readonly Period[], what: "requests" | "lost") =>
    some.reduce((total, period) => total + period[what], 0);
  // A host that boots is mended some time after it was asked for; a flap may end before.
  const mended = broken.at(-1)!.to;
  const healAt = Math.min(mended, Math.round(healAsked - Date.parse(report.start)));
  const sinceHeal = (afterMended: number | null | undefined) =>
    typeof afterMended === "number" ? mended - healAt + afterMended : null;
  const cost: FaultCost = {
    fault,
    at: first.from,
    healAt,
    requests: sum(broken, "requests"),
    lost: sum(broken, "lost"),
    requestsAfter: sum(after, "requests"),
    lostAfter: sum(after, "lost"),
    goodAfterFault: first.goodAfter,
    goodAfterHeal: sinceHeal(last?.goodAfter),
    sharesAfterHeal: sinceHeal(last?.sharesAfter),
  };
  return {
    cost,
    ok: report.whole && cost.sharesAfterHeal !== null,
  };
}
