export {
  type AdministrativeState,
  type AgentReport,
  administrativeStates,
  agentLine,
  longestAnswer,
  type OperatingState,
  operatingStates,
  parseAgentLine,
  type ReadReport,
} from "./agent-line.js";
export { agentProbe } from "./agent-probe.js";
export { type HttpQuestion, httpProbe } from "./http-probe.js";
export type { Probe, ProbeResult, Target } from "./probe.js";
export { Health, type RiseFall } from "./rise-fall.js";
export { tcpProbe } from "./tcp-probe.js";
export { Timetable } from "./timetable.js";
