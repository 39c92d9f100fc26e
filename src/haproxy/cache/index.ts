export { Cache } from "./cache.js";
export { showCaches } from "./show.js";
