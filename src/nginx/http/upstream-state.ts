import type { TryReport } from "../upstream/index.js";

/** What is known of one try at a server, for $upstream_… (ngx_http_upstream_state_t). Times are seconds; -1: it didn't come to that. */
export interface UpstreamState {
  readonly peer: string;
  status: number;
  connectTime: number;
  headerTime: number;
  responseTime: number;
  bytesReceived: number;
  bytesSent: number;
  responseLength: number;
}

/** An empty entry where one group of servers gives way to another: " : " in a log. */
export const separator: UpstreamState = {
  peer: "",
  status: 0,
  connectTime: -1,
  headerTime: -1,
  responseTime: -1,
  bytesReceived: 0,
  bytesSent: 0,
  responseLength: 0,
};

/** @param status of a try that comes to nothing: its time is 0 */
export function newState(peer: string, status: number): UpstreamState {
  return {
    peer,
    status,
    connectTime: -1,
    headerTime: -1,
    responseTime: status === 0 ? -1 : 0,
    bytesReceived: 0,
    bytesSent: 0,
    responseLength: 0,
  };
}

const milliseconds = (seconds: number): number | undefined => (seconds < 0 ? undefined : 1000 * seconds);

/** What a server's counts are told of a try. */
export function reportOf(state: UpstreamState): TryReport {
  const { status, bytesSent, bytesReceived, headerTime, responseTime } = state;
  return {
    status: headerTime < 0 ? 0 : status,
    bytesSent,
    bytesReceived,
    headerMs: milliseconds(headerTime),
    responseMs: headerTime < 0 ? undefined : milliseconds(responseTime),
  };
}
