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
export { collectDeadNamespaces } from "./collect.js";
export { type DirectorConfig, director } from "./director.js";
export { goOn, grow, isGrowing, type Tell } from "./growth.js";
export { HostNetwork } from "./host-network.js";
export { entriesPerBucket, eventNames } from "./layout.js";
export { DirectorState, resetDirector } from "./state.js";
export { leaveTunnels, type TunnelEnd, type TunnelTypes, takeTunnels, tunnelEnds } from "./tunnel-end.js";
export { noteWay, noteWays } from "./ways.js";
export { XdpPlane } from "./xdp-plane.js";
