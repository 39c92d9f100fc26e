import { state } from "./admin.js";
import { field } from "./layout.js";
import type { ServerState } from "./server-state.js";
import { update } from "./transitions.js";

/**
 * The next effective weight of a server: the user's weight on the algorithm's scale, of which slow start leaves the share of its time that has
 * passed (server_recalc_eweight). Slow start ends here when its time is over.
 */
export function recalculate(server: ServerState): void {
  const { memory } = server;
  const { scale, divisor, dynamic } = server.backend.algorithm;
  const now = Math.floor(Date.now() / 1000);
  const since = now - Math.floor(server.lastChange / 1000);
  const slowstart = Math.ceil(server.section.slowstartMs / 1000);
  if (server.nextState === state.starting && (since < 0 || since >= slowstart))
    server.nextState = state.running;
  const share =
    server.nextState === state.starting && dynamic
      ? Math.floor((scale * since + slowstart) / slowstart)
      : scale;
  memory.set(field.nextEweight, Math.floor((server.weight * share + divisor - 1) / divisor));
}

/**
 * `set weight`, also an agent's: "10", or "50%" of the configured weight. Gives HAProxy's text where it refuses.
 */
export function changeWeight(server: ServerState, word: string): string | undefined {
  if (word === "") return "Require <weight> or <weight%>.\n";
  const found = /^\s*([+-]?\d+)/.exec(word);
  if (found === null) return "Empty weight string empty or preceded by garbage";
  const rest = word.slice(found[0].length);
  let weight = Number(found[1]);
  if (rest === "%") {
    if (weight < 0) return "Relative weight must be positive.\n";
    weight = Math.min(256, Math.floor((server.initialWeight * Math.min(weight, 25600)) / 100));
  } else if (weight < 0 || weight > 256) return "Absolute weight can only be between 0 and 256 inclusive.\n";
  else if (rest !== "") return "Trailing garbage in weight string";
  if (weight > 0 && weight !== server.initialWeight && !server.backend.algorithm.dynamic)
    return "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n";
  server.all.lock.hold(() => {
    server.memory.set(field.weight, weight);
    recalculate(server);
    update(server);
  });
  return undefined;
}
