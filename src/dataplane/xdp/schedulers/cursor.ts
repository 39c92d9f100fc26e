import type { U32, U64 } from "../../../asm/index.js";

/** What happened to a service's list, which its scheduler's cursor has to follow. */
export type ListChange =
  | { readonly kind: "added" }
  | { readonly kind: "removed"; readonly place: number }
  | { readonly kind: "edited" }
  | { readonly kind: "scheduler"; readonly scheduler: number };

/** Where a scheduler goes on: a place in the list, and for wrr the weight it has come down to. */
export interface Cursor {
  readonly place: number;
  readonly weight: number;
}

/**
 * A service's `state`: the cursor, with the version of the list that it belongs to.
 *
 *      63       56 55             32 31                   0
 *     +-----------+-----------------+----------------------+
 *     | version   | place           | weight               |
 *     +-----------+-----------------+----------------------+
 */
export const packState = (version: number, { place, weight }: Cursor): bigint =>
  (BigInt(version) << 56n) | (BigInt(place) << 32n) | BigInt(weight);
export const cursorOf = (state: bigint): Cursor => ({
  place: Number((state >> 32n) & 0xff_ffffn),
  weight: Number(state & 0xffff_ffffn),
});

/** The same in the packet program. */
export const versionIn = (state: U64): U32 => state.high.shiftRight(24);
export const placeIn = (state: U64): U32 => state.high.and(0xff_ffff);
export const stateOf = (version: U32, place: U32, weight: U32): U64 =>
  version.shiftLeft(24).or(place).extended.shiftLeft(32).or(weight);
