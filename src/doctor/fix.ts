import { examine } from "./examine.js";
import type { HostFacts } from "./facts.js";
import type { Finding, Mend } from "./finding.js";

/** Hosts that can be looked at, and on which commands can be run. */
export interface Patient {
  /** Hosts that can't be looked at, and why. */
  readonly absent?: readonly { readonly host: string; readonly why: string }[];
  look(): Promise<HostFacts[]>;
  /** Runs a command there; undefined: that host can't be reached from here. */
  run(mend: Mend): Promise<Ran | undefined>;
}

/** What a command did. */
export interface Ran {
  readonly status: number;
  readonly output: string;
}

export interface Mended extends Mend, Ran {}

/** Mending one thing can bring another one to light: an interface that is up again has lost its routes. */
const rounds = 4;

/**
 * Carries out what mends the findings, looks again, and goes on until nothing is left that has a command which wasn't tried.
 * `before` is told each command before it is run. A command that fails hinders no other one.
 */
export async function fix(
  patient: Patient,
  first: readonly HostFacts[],
  before: (mend: Mend) => void,
): Promise<{ facts: readonly HostFacts[]; findings: Finding[]; mended: Mended[] }> {
  const tried = new Set<string>();
  const mended: Mended[] = [];
  let facts = first;
  for (let round = 0; ; round++) {
    const findings = examine(facts);
    const wanted = findings.flatMap(({ mend }) => mend).filter((mend) => !tried.has(keyOf(mend)));
    if (round === rounds || wanted.length === 0) return { facts, findings, mended };
    for (const mend of wanted) {
      if (tried.has(keyOf(mend))) continue;
      tried.add(keyOf(mend));
      before(mend);
      const ran = await patient.run(mend);
      if (ran) mended.push({ ...mend, ...ran });
    }
    facts = await patient.look();
  }
}

const keyOf = ({ host, command }: Mend): string => `${host} ${command}`;
