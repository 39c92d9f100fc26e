import type { SocketAddress } from "./address.js";
import type { Expression } from "./expression.js";
import type { Place } from "./place.js";
import type { TlsSettings } from "./tls.js";

/** A `server` line, its defaults (`default-server`) applied; `server-template` gives several. */
export interface Server {
  readonly name: string;
  /** In its back end, from 1: `id`, or the lowest that was free. */
  readonly id: number;
  readonly forcedId: boolean;
  readonly address: SocketAddress;
  /** As written. */
  readonly text: string;
  readonly template: { readonly prefix: string; readonly index: number; readonly count: number } | undefined;

  readonly weight: number; // 0 to 256
  readonly backup: boolean;
  readonly disabled: boolean;
  readonly cookie: string | undefined;
  readonly maxconn: number; // 0: no limit
  readonly minconn: number;
  readonly maxqueue: number;
  readonly slowstartMs: number;
  readonly redir: string | undefined;
  readonly maxReuse: number; // -1: no limit
  readonly poolPurgeDelayMs: number;
  readonly poolMaxConn: number; // -1: no limit
  readonly poolLowConn: number;

  readonly check: boolean;
  readonly agentCheck: boolean;
  readonly interMs: number;
  readonly fastInterMs: number | undefined;
  readonly downInterMs: number | undefined;
  readonly rise: number;
  readonly fall: number;
  readonly checkAddress: string | undefined; // addr
  readonly checkPort: number | undefined; // port
  readonly checkSsl: boolean | undefined; // undefined: as traffic, unless port or addr was given
  readonly checkSni: string | undefined;
  readonly checkAlpn: readonly string[];
  readonly checkProto: string | undefined;
  readonly checkSendProxy: boolean;
  readonly checkViaSocks4: boolean;
  readonly agentAddress: string | undefined;
  readonly agentPort: number | undefined;
  readonly agentInterMs: number | undefined;
  readonly agentSend: string | undefined;
  readonly observe: "none" | "layer4" | "layer7";
  readonly errorLimit: number;
  readonly onError: "fastinter" | "fail-check" | "sudden-death" | "mark-down";
  readonly onMarkedDown: "none" | "shutdown-sessions";
  readonly onMarkedUp: "none" | "shutdown-backup-sessions";
  readonly track: { readonly backend: string | undefined; readonly server: string } | undefined;

  readonly ssl: TlsSettings | undefined;
  /** What the line says of TLS where traffic doesn't use it: for checks that do. */
  readonly checkTls?: TlsSettings;
  /** `no-ssl` stands on the line, or in the defaults. */
  readonly noSsl?: boolean;
  /** `default-server` says `ssl`: the runtime socket may switch it on. */
  readonly defaultSsl?: boolean;
  readonly sni: Expression | undefined;
  readonly proto: string | undefined; // "h2", "h1", "fcgi"
  readonly sendProxy: "v1" | "v2" | "v2-ssl" | "v2-ssl-cn" | undefined;
  readonly proxyV2Options: readonly string[];
  readonly socks4: string | undefined;
  readonly source: SourceAddress | undefined;
  readonly tcpUserTimeoutMs: number | undefined;
  readonly tfo: boolean;

  readonly resolvers: string | undefined;
  readonly resolvePrefer: 4 | 6 | undefined;
  readonly resolveNet: readonly string[];
  readonly resolveOpts: readonly string[];
  /** In order; "" (none) is its own word "none". */
  readonly initAddr: readonly string[];
  /** Its sessions are never learnt by stick tables (`non-stick`). */
  readonly nonStick?: boolean;
  /** Of a ring's server: how lines are told apart. */
  readonly logProto?: "legacy" | "octet-count";
  readonly websocket?: "auto" | "h1" | "h2"; // ws
  readonly place: Place;
}

/** `source ADDR[:PORT] [usesrc …] [interface …]` */
export interface SourceAddress {
  readonly address: SocketAddress | undefined;
  readonly useSource:
    | { readonly kind: "client" | "clientip" }
    | { readonly kind: "address"; readonly address: string }
    | { readonly kind: "header"; readonly name: string; readonly occurrence: number }
    | undefined;
  readonly interface: string | undefined;
}
