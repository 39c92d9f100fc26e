export { compileCondition } from "./condition.js";
export { predefinedAcls } from "./predefined.js";
export { PatternStore } from "./store.js";
