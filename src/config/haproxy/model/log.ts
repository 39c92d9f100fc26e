import type { SocketAddress } from "./address.js";
import type { Place } from "./place.js";

/** A `log` line. "global" lines have been replaced by the global section's. */
export interface LogTarget {
  readonly target:
    | { readonly kind: "address"; readonly address: SocketAddress }
    | { readonly kind: "ring"; readonly name: string }
    | { readonly kind: "stdout" | "stderr" };
  readonly length: number;
  readonly format: "rfc3164" | "rfc5424" | "priority" | "short" | "timed" | "iso" | "raw" | "local";
  readonly facility: number; // 0 to 23
  readonly maxLevel: number; // 0 emerg to 7 debug
  readonly minLevel: number;
  readonly sample:
    | { readonly ranges: readonly { readonly from: number; readonly to: number }[]; readonly size: number }
    | undefined;
  readonly place: Place;
}
