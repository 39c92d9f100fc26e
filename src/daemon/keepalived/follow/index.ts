export { Follower } from "./follower.js";
export { Mailer } from "./mailer.js";
export type { RunScript } from "./script-queue.js";
export { defaultScriptUser, userOf } from "./script-user.js";
