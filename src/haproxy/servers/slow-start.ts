import { grabFromBackend } from "../queue/dequeue.js";
import { admin, state } from "./admin.js";
import type { ServerState } from "./server-state.js";
import { update } from "./transitions.js";
import { recalculate } from "./weight.js";

/** HAProxy keeps slowstart in seconds, so that its step of a 20th never reaches the second that is its least. */
const STEP_MS = 1000;

/** Steps of slow start: the weight grows each second until its time is over (server_warmup). */
export function startWarmUp(server: ServerState): void {
  const step = () => {
    if (server.nextAdmin & admin.maint || server.nextState !== state.starting) return;
    server.all.lock.hold(() => {
      recalculate(server);
      update(server);
      grabFromBackend(server);
    });
    if (server.nextState === state.starting) server.all.surroundings.after(STEP_MS, step);
  };
  server.all.surroundings.after(STEP_MS, step);
}
