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
export { type CheckerDeps, CheckerRole } from "./checker-role.js";
export type { Answer } from "./checks/answer.js";
export type { Ask, AskWorld, Question, RunScript } from "./checks/question.js";
export { patternProblem } from "./checks/regex.js";
export { type Clock, systemClock } from "./clock.js";
export type { CheckerEvent } from "./event.js";
export { type HttpQuestion, httpProbe } from "./http-probe.js";
export type { Probe, ProbeResult, Target } from "./probe.js";
export { Health, type RiseFall } from "./rise-fall.js";
export type {
  CheckCounts,
  CheckerSnapshot,
  CheckStatus,
  ServerState,
  VirtualState,
} from "./snapshot.js";
export { tcpProbe } from "./tcp-probe.js";
export { Timetable } from "./timetable.js";
export { parseStatus, readStatus, type WatchFiles, watchFiles } from "./track-files.js";
