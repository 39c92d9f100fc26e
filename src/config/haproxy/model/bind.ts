import type { SocketAddress } from "./address.js";
import type { Place } from "./place.js";
import type { TlsSettings } from "./tls.js";

/** One address of a `bind` line (a line with commas gives several). */
export interface Bind {
  readonly address: SocketAddress;
  /** As written, for messages. */
  readonly text: string;
  readonly name: string | undefined;
  readonly id: number | undefined;
  readonly ssl: TlsSettings | undefined;
  readonly acceptProxy: boolean;
  readonly acceptNetscalerCip: number | undefined;
  readonly backlog: number | undefined;
  readonly maxconn: number | undefined;
  readonly deferAccept: boolean;
  readonly tcpUserTimeoutMs: number | undefined;
  readonly mss: number | undefined;
  readonly interface: string | undefined;
  readonly transparent: boolean;
  readonly v4v6: boolean;
  readonly v6only: boolean;
  readonly tfo: boolean;
  readonly mode: number | undefined; // of a Unix socket
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly level: "user" | "operator" | "admin" | undefined; // of a stats socket
  readonly exposeFdListeners: boolean;
  readonly severityOutput: "none" | "number" | "string" | undefined;
  readonly proto: string | undefined;
  readonly nice: number | undefined;
  readonly process: string | undefined;
  readonly thread: string | undefined;
  readonly shards: number | undefined;
  readonly place: Place;
}
