export type { InstanceSnapshot } from "./instance-snapshot.js";
export { VrrpMachine } from "./machine.js";
export type { GroupView, RunningInstance } from "./running-instance.js";
