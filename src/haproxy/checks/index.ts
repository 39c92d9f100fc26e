export * from "./check-status.js";
