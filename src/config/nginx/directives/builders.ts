export * from "./builders/checks.js";
export * from "./builders/choices.js";
export { type Also, custom, many } from "./builders/custom.js";
export * from "./builders/numbers.js";
export * from "./builders/texts.js";
