import type { Place } from "../../finding.js";

/** A text in which `$name`, `${name}` and `$1` stand for values of the request; not taken apart yet. */
export interface Template {
  readonly text: string;
  readonly place: Place;
}

/** `map SOURCE $variable { … }` (ngx_http_map_module, ngx_stream_map_module). */
export interface MapModel {
  readonly source: Template;
  /** Without its "$", lower case. */
  readonly variable: string;
  readonly hostnames: boolean;
  readonly volatile: boolean;
  readonly default: Template | undefined;
  /** In the file's order, includes taken in. A key that begins with "~" is an expression, "\\" before a key is off. */
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  readonly kind: "exact" | "regex" | "wildcard";
  /** Exact and wildcard ("*.example.com", ".example.com", "www.example.*"): lower case. Regex: without "~". */
  readonly key: string;
  /** Of a regex: "~*". */
  readonly ignoreCase: boolean;
  readonly value: Template;
  readonly place: Place;
}

/** `geo [$address] $variable { … }`. */
export interface GeoModel {
  /** Without its "$"; undefined: the client's address. */
  readonly source: string | undefined;
  readonly variable: string;
  readonly ranges: boolean;
  /** `proxy`: whose X-Forwarded-For is believed, CIDRs; and `proxy_recursive`. */
  readonly proxies: readonly string[];
  readonly proxyRecursive: boolean;
  readonly default: string;
  /** CIDR ("10.0.0.0/8", "fd00::/8"), or of ranges "10.0.0.1-10.0.0.9". `delete` of networks is applied by the reader. */
  readonly entries: readonly GeoEntry[];
}

export interface GeoEntry {
  readonly network: string;
  readonly value: string;
  readonly place: Place;
  /** `delete` of a range: what is left of those before that begin and end as it does goes. */
  readonly removes?: true;
}

/** `split_clients TEXT $variable { 10% a; * b; }`. */
export interface SplitClientsModel {
  readonly source: Template;
  readonly variable: string;
  /** Hundredths of a percent; undefined: "*", what is left. */
  readonly parts: readonly { readonly share: number | undefined; readonly value: string }[];
}
