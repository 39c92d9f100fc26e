import type { RuleService } from "./rules.js";

/** How often each real server is expected to answer. */
export interface Expectation {
  /** By the server's address as text. */
  readonly counts: ReadonlyMap<string, number>;
  /**
   * True for rr and wrr, which walk the same way whatever happens: then the counts must be met. The other schedulers
   * look at connections or clients: the counts are the share of each weight, and only say what to compare with.
   */
  readonly exact: boolean;
}

/** What a service that was just made should do with `requests` connections, one after the other. */
export function expectedAnswers({ service, servers }: RuleService, requests: number): Expectation {
  const able = servers.filter(({ weight }) => weight > 0);
  const counts = new Map(servers.map(({ address }) => [address.toString(), 0]));
  const weights = able.map(({ weight }) => weight);
  const walk = walks[service.scheduler];
  if (walk && able.length > 0) {
    const steps = walk(weights);
    for (let request = 0; request < requests; request++) {
      const name = able[steps.next().value]!.address.toString();
      counts.set(name, counts.get(name)! + 1);
    }
    return { counts, exact: true };
  }
  const even = service.scheduler === "lc" || service.scheduler === "sh" || service.scheduler === "dh";
  for (const [index, share] of shares(even ? weights.map(() => 1) : weights, requests).entries())
    counts.set(able[index]!.address.toString(), share);
  return { counts, exact: able.length === 0 };
}

type Walk = (weights: readonly number[]) => Generator<number, never>;
const walks: Readonly<Record<string, Walk>> = { rr: roundRobin, wrr: weightedRoundRobin };

/** net/netfilter/ipvs/ip_vs_rr.c: the next one of the list after the last, from its beginning. */
function* roundRobin(weights: readonly number[]): Generator<number, never> {
  for (;;) yield* weights.keys();
}

/**
 * net/netfilter/ipvs/ip_vs_wrr.c: a threshold falls from the largest weight by the greatest common divisor each time
 * the list is through, and who reaches it is taken.
 */
function* weightedRoundRobin(weights: readonly number[]): Generator<number, never> {
  const step = weights.reduce(commonDivisor);
  for (;;)
    for (let threshold = Math.max(...weights); threshold > 0; threshold -= step)
      for (const [index, weight] of weights.entries()) if (weight >= threshold) yield index;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** `total` cut by weight into whole numbers: who loses most by rounding down gets one more. */
function shares(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const whole = exact.map(Math.floor);
  const order = [...weights.keys()].sort((a, b) => exact[b]! - whole[b]! - (exact[a]! - whole[a]!));
  const left = total - whole.reduce((a, b) => a + b, 0);
  for (const index of order.slice(0, left)) whole[index]!++;
  return whole;
}
