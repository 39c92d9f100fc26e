export { isMulticast, isUnicast } from "./check.js";
export { type Explanation, explain } from "./explain.js";
export type { InterfaceFacts, VrrpFacts } from "./facts.js";
export { advertisementPackets } from "./packets.js";
export { type Contribution, type Standing, standingOf } from "./priority.js";
export { type ReceivedPacket, type VrrpConfig, VrrpRouter } from "./router.js";
export { settled } from "./settled.js";
export type { GroupSnapshot, InstanceSnapshot, RouterSnapshot, StandingSnapshot } from "./snapshot.js";
export { handoverBound, handoverSettle, masterDown, skew } from "./timers.js";
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
