export { bfdRole } from "./bfd.js";
export { checkerRole } from "./checker.js";
export { handoverTime } from "./handover-time.js";
export { vrrpRole } from "./vrrp.js";
