import type { Be16, Be32, U32, U64 } from "./value.js";
import type { ArrayView, Bytes, View } from "./view.js";

/**
 * What a field of a struct can be. `InProgram` is what reading it in a packet program gives, `Plain` what the control
 * plane sees. Both are only for the compiler.
 */
export interface FieldType<InProgram = unknown, Plain = unknown> {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly align: number;
  readonly form:
    | { readonly kind: "scalar"; readonly bits: 8 | 16 | 32 | 64; readonly networkOrder: boolean }
    | { readonly kind: "bytes" }
    | { readonly kind: "struct"; readonly struct: StructLike }
    | { readonly kind: "array"; readonly element: FieldType; readonly count: number }
    /** A type of the kernel's own with nothing to read in it, as struct bpf_timer. */
    | { readonly kind: "opaque" };
  readonly inProgram?: InProgram;
  readonly plain?: Plain;
}

/** A struct as BTF and the views see it. */
export interface StructLike {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly align: number;
  readonly fields: ReadonlyMap<string, { readonly type: FieldType; readonly offset: number }>;
}

export type InProgram<T> = T extends FieldType<infer P, unknown> ? P : never;
export type Plain<T> = T extends FieldType<unknown, infer J> ? J : never;

function scalar<P, J>(name: string, bits: 8 | 16 | 32 | 64, networkOrder = false): FieldType<P, J> {
  return { name, size: bits / 8, align: bits / 8, form: { kind: "scalar", bits, networkOrder } };
}

/** Numbers in the machine's own order. Those below 64 bits are computed with as 32 bits, as in C. */
export const u8 = scalar<U32, number>("u8", 8);
export const u16 = scalar<U32, number>("u16", 16);
export const u32 = scalar<U32, number>("u32", 32);
export const u64 = scalar<U64, bigint>("u64", 64);
/** Numbers in network order. To compare one with a number costs nothing: the number is swapped, once, here. */
export const be16 = scalar<Be16, number>("be16", 16, true);
export const be32 = scalar<Be32, number>("be32", 32, true);

/** So many bytes: a MAC address, an IPv6 address. The control plane sees a view of them, not a copy. */
export function bytes(count: number, align = 1): FieldType<Bytes, Uint8Array> {
  return { name: `bytes(${count})`, size: count, align, form: { kind: "bytes" } };
}

/** `count` elements one behind the other. */
export function array<P, J>(element: FieldType<P, J>, count: number): FieldType<ArrayView<P>, J[]> {
  return {
    name: `${element.name}[${count}]`,
    size: element.size * count,
    align: element.align,
    form: { kind: "array", element, count },
  };
}

/** The kernel's struct bpf_timer: 16 bytes that only helpers touch. */
export const timer: FieldType<View, never> = {
  name: "bpf_timer",
  size: 16,
  align: 8,
  form: { kind: "opaque" },
};
