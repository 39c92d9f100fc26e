export { Attempt, type Outcome } from "./attempt.js";
export { bareUpstream, resolvedUpstream } from "./bare-upstream.js";
export { sharedNow } from "./clock.js";
export {
  type CheckLog,
  type CheckResult,
  type CheckSettings,
  HealthChecks,
  type Probe,
} from "./health/health-checks.js";
export { KeepalivePool } from "./keepalive-pool.js";
export {
  type Found,
  type Lookup,
  type NameserverSettings,
  nameserverLookup,
  systemLookup,
} from "./lookup.js";
export type { Peer, PeerAddress } from "./peer.js";
export type { TryReport } from "./peer-counts.js";
export { lookupBy, type Resolving, resolvingOf } from "./resolving.js";
export type { Refusal } from "./servers.js";
export { serverId } from "./sticky/server-id.js";
export { StickySessions, sessionBytes } from "./sticky/sessions.js";
export type { TableServer } from "./table.js";
export { type ChooseBy, Upstream, type UpstreamSurroundings } from "./upstream.js";
