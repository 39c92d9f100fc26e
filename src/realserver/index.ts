export { type Action, commandOf } from "./action.js";
export { fileMakers, filesText } from "./files/index.js";
export { holds } from "./holds.js";
export type { HostAddress, HostLink, HostRoute, HostState, HostTunnel } from "./host-state.js";
export { make, type Prepared, prepare, prepareUndo, unmake } from "./make.js";
export { type Note, type Plan, planFor } from "./plan.js";
export { readHost, withHost } from "./read-host.js";
export { readRecord, recordFile } from "./record-file.js";
export { type ServerStatus, statuses } from "./status.js";
export { nameOf, type Step, sysctlName, textOf } from "./step.js";
export { towards } from "./towards.js";
export {
  allTypes,
  commandFor,
  type DirectWanted,
  guePort,
  keyOf,
  type MaskedWanted,
  type Method,
  methods,
  type TunnelWanted,
  undoCommand,
  type Wanted,
  wantedToJson,
  wordsOf,
} from "./wanted.js";
