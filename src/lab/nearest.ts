export * from "../nearest.js";
