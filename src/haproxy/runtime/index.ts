export { CliSession, type SessionOptions, type SessionOutput } from "./cli-session.js";
export * from "./command.js";
export { allCommands } from "./commands/index.js";
export { serverStateLine } from "./commands/server-lists.js";
export { runtimeConnections } from "./connection-handler.js";
export { findCommand, helpText } from "./help.js";
export { RequestReader, splitWords } from "./request-reader.js";
export { certificateStore, type TlsFileKind, type TlsMaterial } from "./tls-files/index.js";
