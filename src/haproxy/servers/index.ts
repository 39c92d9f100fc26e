export { BackendState } from "./backend-state.js";
export { ServerState } from "./server-state.js";
export { ServersRun } from "./servers-run.js";
export type { CheckEngine, Surroundings } from "./surroundings.js";
