export type { Period } from "./periods.js";
export { measureTraffic, type ReportedSecond, type TrafficReport } from "./report.js";
export { type FaultCost, type FaultRunReport, runWithFault } from "./run-with-fault.js";
export { type Series, type Tally, tally } from "./series.js";
