import { RondoError } from "../errors.js";
import type { Attributes, BodyWriter } from "./attributes.js";

/** RTAX_*, within RTA_METRICS (include/uapi/linux/rtnetlink.h), by the names that ip(8) gives them. */
export const RouteMetric = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttvar: 5,
  ssthresh: 6,
  cwnd: 7,
  advmss: 8,
  reordering: 9,
  hoplimit: 10,
  initcwnd: 11,
  features: 12,
  rto_min: 13,
  initrwnd: 14,
  quickack: 15,
  fastopen_no_cookie: 17,
} as const;
export type RouteMetricName = keyof typeof RouteMetric;

/** A mask of the metrics that nobody may change: bit n stands for the metric n. */
const RTAX_LOCK = 1;
const RTAX_CC_ALGO = 16;

/** What a route tells TCP and others. */
export interface RouteMetrics {
  /** As the kernel has them: bytes, packets; rtt in eighths, rttvar in quarters of a millisecond. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Names of metrics. */
  readonly lockedMetrics?: readonly string[];
  /** A TCP congestion control's name. */
  readonly congestionControl?: string;
}

/**
 * Writes the metrics, within their attribute.
 * @throws {RondoError} "bad-route-metric" for a name that none has.
 */
export function writeMetrics(
  body: BodyWriter,
  { metrics, lockedMetrics, congestionControl }: RouteMetrics,
): void {
  let lock = 0;
  for (const name of lockedMetrics ?? []) lock |= 1 << numberOf(name);
  if (lock !== 0) body.u32(RTAX_LOCK, lock >>> 0);
  for (const [name, value] of Object.entries(metrics ?? {})) body.u32(numberOf(name), value);
  body.text(RTAX_CC_ALGO, congestionControl);
}

/** Whether there is something to write. */
export function hasMetrics({ metrics, lockedMetrics, congestionControl }: RouteMetrics): boolean {
  return (
    Object.keys(metrics ?? {}).length > 0 ||
    (lockedMetrics ?? []).length > 0 ||
    congestionControl !== undefined
  );
}

export function readMetrics(attributes: Attributes | undefined): Required<
  Omit<RouteMetrics, "congestionControl">
> & {
  readonly congestionControl: string | undefined;
} {
  const metrics: Record<string, number> = {};
  const lockedMetrics: string[] = [];
  const lock = attributes?.u32(RTAX_LOCK) ?? 0;
  for (const [name, number] of Object.entries(RouteMetric)) {
    const value = attributes?.u32(number);
    if (value !== undefined) metrics[name] = value;
    if (lock & (1 << number)) lockedMetrics.push(name);
  }
  return { metrics, lockedMetrics, congestionControl: attributes?.text(RTAX_CC_ALGO) };
}

function numberOf(name: string): number {
  const number = (RouteMetric as Readonly<Record<string, number>>)[name];
  if (number !== undefined) return number;
  throw new RondoError("bad-route-metric", `a route has no metric "${name}"`, {
    remedy: `Metrics are ${Object.keys(RouteMetric).join(", ")}.`,
  });
}
