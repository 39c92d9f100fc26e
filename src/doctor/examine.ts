import { checks } from "./checks/index.js";
import { clusterOf } from "./cluster.js";
import type { HostFacts } from "./facts.js";
import type { Check, Finding, Found } from "./finding.js";

/** All that checks find in what these hosts look like, worst first; what only shows another finding is left out. */
export function examine(hosts: readonly HostFacts[], asked: readonly Check[] = checks): Finding[] {
  const cluster = clusterOf(hosts);
  const codes = Object.assign({}, ...asked.map((check) => check.codes)) as Check["codes"];
  const found = asked.flatMap((check) => [...check.look(cluster)]);
  const findings = found.filter((one) => !isExplained(one, found)).map((one) => told(one, codes));
  return findings.sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
}

function isExplained({ explainedBy = [] }: Found, found: readonly Found[]): boolean {
  return explainedBy.some((cause) =>
    found.some(({ code, host }) => host === cause.host && cause.codes.includes(code)),
  );
}

function told({ code, host, what, mend = [], cure }: Found, codes: Check["codes"]): Finding {
  const { severity, shows } = codes[code]!;
  return { code, severity, host, what, shows, mend, ...(cure !== undefined && { cure }) };
}
