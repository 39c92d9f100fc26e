export { cast, textOf } from "./cast.js";
export { createCompiler } from "./compile.js";
export { converters } from "./converters/index.js";
export { fetches } from "./fetches/index.js";
