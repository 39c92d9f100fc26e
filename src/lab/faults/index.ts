export { readDelay, readPercent, readTime } from "./amounts.js";
export { cablesOfHost } from "./cables.js";
export {
  type Fault,
  type FaultKind,
  type FaultWish,
  faultKinds,
  faultText,
  millisecondsText,
  placeOf,
} from "./fault.js";
export { type FaultStatus, faultStatusOf } from "./fault-status.js";
export { refuseOff } from "./power.js";
export { type FaultChange, heal, setFault } from "./set-fault.js";
