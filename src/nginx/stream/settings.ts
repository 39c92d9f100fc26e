import type { Listen } from "../../config/nginx/model/index.js";
import type { Log } from "../../errors.js";
import type { TlsServer } from "../../proxy/index.js";
import type { Compiled } from "../script/compile.js";
import type { ClientOf } from "../tls/changing-client.js";
import type { VerifyClient } from "../tls/client-certificate.js";
import type { Lookup, Upstream } from "../upstream/index.js";
import type { Limit } from "./limits.js";
import type { Session } from "./session.js";

/** A `server` of stream, ready to be run. */
export interface StreamServer {
  readonly listens: readonly Listen[];
  /** Whose PROXY protocol is believed (set_real_ip_from). */
  readonly believes: (host: string) => boolean;
  /** What `set` does, in the file's order. */
  readonly assignments: readonly ((session: Session) => void)[];
  /** `limit_conn`. */
  readonly limit: Limit;
  /** By `allow` and `deny`. */
  readonly mayEnter: (host: string) => boolean;
  readonly proxyProtocolTimeoutMs: number;
  /** For its listeners with `ssl`. */
  readonly tls: TlsServer | undefined;
  readonly handshakeTimeoutMs: number;
  readonly verifyClient: VerifyClient;
  readonly verifyDepth: number;
  /** `ssl_preread on`. */
  readonly preread: { readonly timeoutMs: number; readonly bufferBytes: number } | undefined;
  readonly content: Content | undefined;
  /** What `error_log` says of it; undefined: where all others go. */
  readonly errorLog: Log | undefined;
  /** What `access_log` says, called when a session has ended. */
  readonly logs: readonly ((session: Session) => void)[];
}

export type Content =
  | { readonly kind: "return"; readonly text: Compiled<Session> }
  | { readonly kind: "proxy"; readonly proxy: ProxySettings };

/** `proxy_pass` of stream, and what belongs to it (ngx_stream_proxy_module). Times in milliseconds; 0: none. */
export interface ProxySettings {
  readonly target: ProxyTarget;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
  readonly nextUpstream: boolean;
  readonly nextUpstreamTries: number;
  readonly nextUpstreamTimeoutMs: number;
  readonly proxyProtocol: boolean;
  readonly halfClose: boolean;
  readonly socketKeepAlive: boolean;
  /** Bytes a second; 0: no limit. */
  readonly uploadRate: (session: Session) => number;
  readonly downloadRate: (session: Session) => number;
  /** `proxy_bind`: "10.0.0.1", "10.0.0.1:0"; "": none. */
  readonly bind: { readonly address: Compiled<Session>; readonly transparent: boolean } | undefined;
  /** proxy_ssl_server_name, proxy_ssl_name. */
  readonly tls:
    | {
        readonly client: ClientOf<Session>;
        readonly sendsName: boolean;
        readonly name: Compiled<Session> | undefined;
      }
    | undefined;
  /** Of UDP: datagrams of a session, and answers to each; undefined: any number. */
  readonly requests: number | undefined;
  readonly responses: number | undefined;
}

export type ProxyTarget =
  | { readonly kind: "upstream"; readonly upstream: Upstream; readonly key: Compiled<Session> | undefined }
  | {
      readonly kind: "variable";
      readonly value: Compiled<Session>;
      /** Upstream blocks by their names, with the keys of `hash`. */
      readonly upstreams: ReadonlyMap<
        string,
        { readonly upstream: Upstream; readonly key: Compiled<Session> | undefined }
      >;
      /** By `resolver`; undefined: there is none. */
      readonly lookup: Lookup | undefined;
    };
