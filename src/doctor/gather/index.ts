export { gatherFacts, gatherServices, type Questions } from "./gather.js";
