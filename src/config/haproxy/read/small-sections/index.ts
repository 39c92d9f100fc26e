export { beginCache } from "./cache.js";
export { beginFcgiApp } from "./fcgi-app.js";
export { beginHttpErrors } from "./http-errors.js";
export { beginMailers } from "./mailers.js";
export { beginProgram } from "./program.js";
export { beginResolvers } from "./resolvers.js";
export { beginRing } from "./ring.js";
export type { SectionLines } from "./section-lines.js";
export { beginUserlist } from "./userlist.js";
