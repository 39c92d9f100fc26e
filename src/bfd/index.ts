export { BfdRole, type BfdRoleDependencies } from "./role.js";
export { type BfdAction, type BfdEvent, BfdSession, type BfdSessionSnapshot } from "./session.js";
export { BfdSessions, type BfdSnapshot, type ReceivedBfd, ttlOf } from "./sessions.js";
