import type { Place } from "../../finding.js";
import type { Template } from "./variables.js";

/** An address to listen at, and its options (ngx_http_core_module and ngx_stream_core_module, `listen`). */
export interface Listen {
  /** "0.0.0.0", "::", or of a Unix socket "". */
  readonly host: string;
  readonly port: number;
  /** Of "unix:/path". */
  readonly path: string | undefined;
  /** As nginx names it: "0.0.0.0:80", "[::]:80", "unix:/path". */
  readonly text: string;
  readonly defaultServer: boolean;
  readonly ssl: boolean;
  readonly http2: boolean;
  readonly proxyProtocol: boolean;
  readonly udp: boolean;
  readonly reusePort: boolean;
  readonly backlog: number | undefined;
  readonly receiveBuffer: number | undefined;
  readonly sendBuffer: number | undefined;
  readonly fastOpen: number | undefined;
  readonly deferred: boolean;
  readonly ipv6Only: boolean;
  readonly keepAlive:
    | { readonly on: boolean; readonly idle?: number; readonly interval?: number; readonly count?: number }
    | undefined;
  readonly bind: boolean;
  readonly place: Place;
}

/** A name of a server: exact, "*.example.com", "www.example.*", ".example.com", or an expression. */
export interface ServerName {
  readonly kind: "exact" | "wildcard" | "regex";
  /** Lower case; of an expression without its "~". */
  readonly name: string;
  readonly place: Place;
}

/** What a location is for. */
export interface LocationMatch {
  /** exact: "="; prefix: none, or "^~" (`noRegex`); regex: "~" and "~*"; named: "@". */
  readonly kind: "exact" | "prefix" | "regex" | "named";
  /** With the "@" of a named one, without any other modifier. */
  readonly name: string;
  readonly noRegex: boolean;
  readonly ignoreCase: boolean;
}

/** `proxy_pass` of http: where requests go. */
export interface ProxyPass {
  /** The whole of it: "http://app/uri", "https://$host$request_uri". */
  readonly url: Template;
  readonly hasVariables: boolean;
  /** Without variables: the parts. `uri` undefined: the request's own goes on unchanged. */
  readonly scheme: "http" | "https";
  /** "app", "10.0.0.1:8080", "unix:/run/app.sock". */
  readonly authority: string;
  readonly uri: string | undefined;
}

/** `error_page CODE … [=[ANSWER]] URI`. */
export interface ErrorPage {
  readonly statuses: readonly number[];
  readonly target: Template;
  /** undefined: the status stays; 0: "=", what the target answers; otherwise this. */
  readonly answer: number | undefined;
}

/** `log_format NAME [escape=…] TEXT…`. */
export interface LogFormat {
  readonly name: string;
  readonly escape: "default" | "json" | "none";
  readonly text: Template;
}

/** `access_log PATH [FORMAT [buffer= gzip= flush= if=]]`. */
export interface AccessLog {
  readonly target:
    | { readonly kind: "file"; readonly path: Template }
    | {
        readonly kind: "syslog";
        readonly server: string;
        readonly facility: string;
        readonly severity: string;
        readonly tag: string;
        readonly noHostname: boolean;
      };
  readonly format: string;
  readonly buffer: number | undefined;
  readonly gzip: number | undefined;
  readonly flushMs: number | undefined;
  readonly condition: Template | undefined;
  readonly place: Place;
}

/** `allow` and `deny`, in the file's order. */
export interface AccessRule {
  readonly allow: boolean;
  /** "all", "unix:", an address or a CIDR. */
  readonly who: string;
}

/** `add_header` and `add_trailer`. */
export interface AddedHeader {
  readonly name: string;
  readonly value: Template;
  readonly always: boolean;
}
