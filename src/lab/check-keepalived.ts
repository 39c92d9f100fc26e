import { formatDiagnostic } from "../config/keepalived/index.js";
import { readKeepalived } from "./keepalived-config.js";
import type { Fault } from "./shape.js";
import type { Topology } from "./topology.js";

/** What of a keepalived.conf keepalived would not start with, and can't be mended by itself. */
export function* keepalivedFaults(topology: Topology): Generator<Fault> {
  for (const [h, host] of topology.hosts.entries()) {
    if (!host.keepalived) continue;
    for (const diagnostic of readKeepalived(host).diagnostics)
      if (diagnostic.severity === "error")
        yield {
          path: `hosts[${h}].keepalived.config`,
          what: `host ${host.name}: ${formatDiagnostic(diagnostic)}`,
        };
  }
}
