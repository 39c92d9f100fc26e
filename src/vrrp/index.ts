export { isMulticast, isUnicast } from "./check.js";
export { type Explanation, explain } from "./explain.js";
export type { InterfaceFacts, VrrpFacts } from "./facts.js";
export type { InstanceSnapshot } from "./machine/index.js";
export { advertisementPackets } from "./packets.js";
export { type Contribution, type Standing, standingOf } from "./priority.js";
export type { ReceivedPacket } from "./reception.js";
export { VrrpRole, type VrrpRoleDependencies } from "./role.js";
export type { VrrpRoleConfig } from "./role-config.js";
export type { VrrpRoleSnapshot } from "./role-snapshot.js";
export { VrrpRouter } from "./router.js";
export type { VrrpConfig } from "./router-config.js";
export { settled } from "./settled.js";
export { ourProtocol } from "./shell/interfaces.js";
export type { GroupSnapshot, RouterSnapshot, StandingSnapshot } from "./snapshot.js";
export { handoverBound, handoverSettle, masterDown, skew } from "./timers.js";
export { type RunScript, type ScriptOutcome, trackFileNumber } from "./trackers/index.js";
export type {
  GroupState,
  HeardAdvertisement,
  RefusalReason,
  SplitBrainCause,
  TransitionReason,
  VrrpAction,
  VrrpCounters,
  VrrpEvent,
  VrrpEventKind,
  VrrpState,
} from "./types.js";
