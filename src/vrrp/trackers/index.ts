export { FileTracker, trackFileNumber } from "./file-tracker.js";
export { ProcessTracker } from "./process-tracker.js";
export { type RunScript, type ScriptOutcome, ScriptTracker } from "./script-tracker.js";
export { Trackers, type TrackersSnapshot } from "./trackers.js";
