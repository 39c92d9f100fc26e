export { VrrpMachine } from "./machine.js";
export { type GroupView, type HeardMaster, RunningInstance } from "./running-instance.js";
