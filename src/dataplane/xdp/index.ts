export {
  type Attachment,
  attach,
  attachments,
  attachWhereMissing,
  detach,
  eligible,
  type WantedHook,
} from "./attach.js";
export { collectDeadNamespaces } from "./collect.js";
export { type DirectorConfig, director } from "./director.js";
export { HostNetwork } from "./host-network.js";
export { eventNames } from "./layout.js";
export { DirectorState, resetDirector } from "./state.js";
export { XdpPlane } from "./xdp-plane.js";
