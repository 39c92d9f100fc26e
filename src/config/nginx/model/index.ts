export type * from "./additions.js";
export type * from "./rewrite.js";
export type * from "./server.js";
export type * from "./upstream.js";
export type * from "./variables.js";
