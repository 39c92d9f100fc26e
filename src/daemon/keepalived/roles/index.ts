export { bfdRole } from "./bfd.js";
export { checkerRole } from "./checker.js";
export { vrrpRole } from "./vrrp.js";
