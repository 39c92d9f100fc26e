export * from "./algorithm.js";
export * from "./hashes.js";
export * from "./lb-server.js";
export * from "./make-algorithm.js";
export * from "./rdp-cookie.js";
export * from "./request-key.js";
