import type { Place } from "./place.js";

/** `stick-table …` of a proxy or `table NAME …` of a peers section (stick_table.c). */
export interface StickTable {
  /** The proxy's name; of a peers section "SECTION/NAME". */
  readonly name: string;
  readonly type: "ip" | "ipv6" | "integer" | "string" | "binary";
  /** Bytes of a key of type string or binary. Where no `len` is given 31 of strings, 32 of bytes; peers are told one more of strings. */
  readonly keyLength: number;
  readonly size: number; // entries
  readonly expireMs: number | undefined;
  readonly noPurge: boolean;
  readonly peers: string | undefined;
  readonly writeTo: string | undefined;
  readonly recvOnly: boolean;
  readonly stores: readonly StoredType[];
  /** How a server is remembered: by its name (that is how it is told to peers), or by its address. */
  readonly serverKey?: "name" | "addr";
  readonly place: Place;
}

/** `name` is as in `store`: "gpc0", "http_req_rate", "gpt" … ; `periodMs` is of rates; `elements` of arrays (gpc, gpt, gpc_rate). */
export interface StoredType {
  readonly name: string;
  readonly periodMs: number | undefined;
  readonly elements: number | undefined;
}
