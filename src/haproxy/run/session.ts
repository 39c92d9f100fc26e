import type { Endpoint, WireInfo } from "../../proxy/index.js";
import type { ListenerRun, ProxyRun } from "./proxy.js";
import type { TrackedEntry } from "./table.js";
import type { Variables } from "./variables.js";

/** A client's connection, from accept until it is closed (HAProxy's struct session). */
export interface SessionRun {
  readonly frontend: ProxyRun;
  readonly listener: ListenerRun;
  readonly info: WireInfo;
  /** What rules replaced is seen here. */
  source: Endpoint;
  destination: Endpoint;
  /** Wall clock at accept, milliseconds, and the monotonic clock's. */
  readonly acceptDate: number;
  readonly acceptTime: number;
  /** Until the handshakes (TLS, PROXY protocol) were done, milliseconds (%Th). */
  handshakeMs: number;
  readonly variables: Variables;
  /** sc0, sc1, … that tcp-request connection and session rules track; a stream's own come first. */
  readonly tracked: (TrackedEntry | undefined)[];
  /** fc_err and its text. */
  readonly connectionError: number;
}
