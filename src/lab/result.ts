import type { Answer } from "./answer.js";
import type { Expectation } from "./expected.js";

/** What a run came to. Counts are by host. */
export interface Result {
  readonly requests: number;
  readonly answered: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly expected: Readonly<Record<string, number>>;
  /** Whether the expected counts had to be met exactly. */
  readonly exact: boolean;
  /** Every request was answered by a real server of the service, and the counts are as expected where they are exact. */
  readonly ok: boolean;
  /** What is not as it should be, as sentences. */
  readonly faults: readonly string[];
}

/**
 * Counts answers and compares them with what was expected.
 * @param hostOf gives the host that has an address.
 */
export function judge(
  answers: readonly Answer[],
  expectation: Expectation,
  hostOf: (address: string) => string,
): Result {
  const expected = Object.fromEntries(
    [...expectation.counts].map(([address, count]) => [hostOf(address), count] as const),
  );
  const counts: Record<string, number> = Object.fromEntries(Object.keys(expected).map((host) => [host, 0]));
  const faults: string[] = [];
  for (const answer of answers) {
    const wrong = answer.error ?? (answer.status === 200 ? undefined : `status ${answer.status}`);
    if (wrong !== undefined) faults.push(`request ${answer.number}: ${wrong}`);
    if (answer.error === undefined) counts[answer.server] = (counts[answer.server] ?? 0) + 1;
  }
  for (const [host, count] of Object.entries(counts)) {
    if (!(host in expected))
      faults.push(`${host} answered ${count} times and is no real server of the service`);
    else if (expectation.exact && count !== expected[host])
      faults.push(`${host} answered ${count} times where ${expected[host]} were expected`);
  }
  return {
    requests: answers.length,
    answered: answers.filter((answer) => answer.error === undefined).length,
    answers: counts,
    expected,
    exact: expectation.exact,
    ok: faults.length === 0,
    faults,
  };
}
