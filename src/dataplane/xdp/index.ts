export { answersAt, watchAnswers } from "./answers-attached.js";
export { type AttachFailure, attach, attachWhereMissing, eligible, type WantedHook } from "./attach.js";
export { type Attachment, attachments, detach } from "./attached.js";
export {
  Capture,
  type CapturedFrame,
  type CapturedPacket,
  type CapturedServer,
} from "./capture.js";
export { mostCaptured } from "./capture-record.js";
export { collectDeadNamespaces, goneOf } from "./collect.js";
export { type DirectorConfig, director } from "./director.js";
export { goOn, grow, isGrowing, type Tell } from "./growth.js";
export { HostNetwork } from "./host-network.js";
export { entriesPerBucket, eventNames } from "./layout.js";
export { DirectorState, resetDirector } from "./state.js";
export { openSyncTable } from "./sync-table.js";
export { Trace, type TraceWanted } from "./trace.js";
export type { Choice, ToldCandidate } from "./trace-choice.js";
export { numberText } from "./trace-choice.js";
export type { TracedEntry, TracedFlow, TracedPacket, TracedTemplate } from "./trace-read.js";
export { mostCandidates } from "./trace-record.js";
export { endDeadTrace, isTraceDead } from "./trace-switch.js";
export {
  leaveTunnels,
  type TunnelEnd,
  type TunnelTypes,
  takeTunnels,
  tunnelEnds,
  tunnelLinks,
} from "./tunnel-end.js";
export { unwrapInto, unwrappedAt } from "./unwrap.js";
export { noteWay, noteWays } from "./ways.js";
export { XdpPlane } from "./xdp-plane.js";
