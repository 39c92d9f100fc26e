/** When a check's results count: how many in a row (`fails`, `passes` of health_check). */
export interface CheckRules {
  readonly fails: number;
  readonly passes: number;
}

/** What a check thinks of a server. "checking": `mandatory`, and it hasn't passed yet; clients aren't led there, nor to an unhealthy one. */
export type Health = "checking" | "healthy" | "unhealthy";

export interface CheckState {
  readonly health: Health;
  /** Results in a row that speak against it: failures of a healthy one, passes of an unhealthy one. */
  readonly against: number;
  /** Failures in a row of one that is being checked for the first time. */
  readonly failures: number;
}

export const checkState = (health: Health): CheckState => ({ health, against: 0, failures: 0 });

/**
 * What a check thinks after a further result. A server that is new and has to pass first does so by `passes` in a row; `fails` in a row make it
 * unhealthy.
 */
export function afterCheck(state: CheckState, passed: boolean, { fails, passes }: CheckRules): CheckState {
  const { health } = state;
  const failures = passed ? 0 : state.failures + 1;
  if (health === "checking" && failures >= fails) return checkState("unhealthy");
  const speaksAgainst = passed !== (health === "healthy");
  if (!speaksAgainst) return { health, against: 0, failures };
  const against = state.against + 1;
  if (against < (passed ? passes : fails)) return { health, against, failures };
  return checkState(passed ? "healthy" : "unhealthy");
}
