export { etagKind, sameEtag } from "./etag.js";
export { httpDate } from "./http-date.js";
export { listValues } from "./values.js";
