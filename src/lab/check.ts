import { RondoError } from "../errors.js";
import { addressFaults, routeFaults } from "./check-addresses.js";
import { keepalivedFaults } from "./check-keepalived.js";
import { nameFaults, networkFaults, sysctlFaults } from "./check-names.js";
import { ruleFaults, trafficFaults, vipFaults } from "./check-rules.js";
import { storeFaults } from "./check-store.js";
import { haproxyFaults } from "./haproxy-config.js";
import { nginxFaults } from "./nginx-config.js";
import { type Fault, shapeFaults } from "./shape.js";
import type { Topology } from "./topology.js";

/**
 * @param source what to call it: the file it is from, or "topology NAME".
 * @throws RondoError "bad-topology" with all that is wrong, one fault a line, each with the path of its field.
 */
export function checkTopology(value: unknown, source?: string): asserts value is Topology {
  const wrong = faultsOf(value).map(({ path, what }) => `${path}: ${what}`);
  if (wrong.length === 0) return;
  const name = source ?? `topology ${(value as Partial<Topology> | null)?.name ?? "without a name"}`;
  throw new RondoError(
    "bad-topology",
    wrong.length === 1
      ? `${name}: ${wrong[0]}`
      : `${name} has ${wrong.length} faults:\n${wrong.map((line) => `  ${line}`).join("\n")}`,
  );
}

/** All faults of a topology, as sentences that name the host, the interface and the value; none if it is right. */
export function faultsOf(value: unknown): Fault[] {
  const form = shapeFaults(value);
  if (form.length > 0) return form;
  const topology = value as Topology;
  return [
    ...nameFaults(topology),
    ...networkFaults(topology),
    ...sysctlFaults(topology),
    ...addressFaults(topology),
    ...routeFaults(topology),
    ...storeFaults(topology),
    ...keepalivedFaults(topology),
    ...haproxyFaults(topology),
    ...nginxFaults(topology),
    ...vipFaults(topology),
    ...ruleFaults(topology),
    ...trafficFaults(topology),
  ];
}
