import type { Expression } from "./expression.js";

/** `balance …` (lb_*.c). */
export type Balance =
  | { readonly algorithm: "roundrobin" | "static-rr" | "leastconn" | "first" | "source" }
  | {
      readonly algorithm: "uri";
      readonly length: number;
      readonly depth: number;
      readonly whole: boolean;
      readonly pathOnly: boolean;
    }
  | { readonly algorithm: "url_param"; readonly name: string; readonly checkPost: number }
  | { readonly algorithm: "hdr"; readonly name: string; readonly useDomainOnly: boolean }
  | { readonly algorithm: "random"; readonly draws: number }
  | { readonly algorithm: "rdp-cookie"; readonly name: string }
  | { readonly algorithm: "hash"; readonly expression: Expression };

/** `hash-type METHOD FUNCTION MODIFIER` */
export interface HashType {
  readonly method: "map-based" | "consistent";
  readonly function: "sdbm" | "djb2" | "wt6" | "crc32" | "none";
  readonly avalanche: boolean;
}
