export { realEngine, type StreamEngine } from "./engine.js";
export { answerStatuses, builtinMessage, reasonOf } from "./http/messages.js";
export { Streams } from "./streams.js";
