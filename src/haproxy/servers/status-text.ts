import { admin, state } from "./admin.js";
import type { ServerState } from "./server-state.js";

/** The status column of `show stat`. */
export function statusText(server: ServerState): string {
  const bits = server.administrative;
  let reference = server;
  while (reference.track !== undefined) reference = reference.track;
  if (bits & admin.resolutionMaint) return "MAINT (resolution)";
  if (bits & admin.inheritedMaint) return `MAINT (via ${(server.track ?? server).path})`;
  if (bits & admin.maint) return "MAINT";
  const { healthCheck: check, agentCheck: agent } = reference;
  const up = reference.operational !== state.stopped;
  const steps = `${up ? check.health - check.rise + 1 : check.health}/${up ? check.fall : check.rise}`;
  const failing = check.enabled && check.health < check.best;
  switch (server.operational) {
    case state.stopped:
      if (agent.enabled && agent.health === 0) return "DOWN (agent)";
      if (check.enabled && check.health === 0) return "DOWN";
      return agent.enabled || check.enabled ? `DOWN ${steps}` : "DOWN";
    case state.stopping: {
      const sure = (!server.healthCheck.enabled && server.track === undefined) || check.health === check.best;
      return sure ? "NOLB" : `NOLB ${steps}`;
    }
    default:
      if (bits & admin.drain) {
        if (agent.enabled) return "DRAIN (agent)";
        return failing ? `DRAIN ${steps}` : "DRAIN";
      }
      if (failing) return `UP ${steps}`;
      return check.enabled ? "UP" : "no check";
  }
}
