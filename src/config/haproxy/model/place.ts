export type { Place } from "../../finding.js";
