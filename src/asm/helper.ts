import { builder } from "./function-builder.js";
import { Temporary } from "./operation.js";
import { type Be16, type Be32, inRegister, type Number64, U32, U64 } from "./value.js";
import { View } from "./view.js";

/** Helpers of the kernel by name: their numbers never change (include/uapi/linux/bpf.h, ___BPF_FUNC_MAPPER). */
export const helperIds = {
  map_lookup_elem: 1,
  map_update_elem: 2,
  map_delete_elem: 3,
  ktime_get_ns: 5,
  trace_printk: 6,
  get_prandom_u32: 7,
  get_smp_processor_id: 8,
  skb_store_bytes: 9,
  l3_csum_replace: 10,
  l4_csum_replace: 11,
  tail_call: 12,
  redirect: 23,
  skb_load_bytes: 26,
  csum_diff: 28,
  skb_change_tail: 38,
  skb_pull_data: 39,
  csum_update: 40,
  xdp_adjust_head: 44,
  skb_adjust_room: 50,
  redirect_map: 51,
  xdp_adjust_tail: 65,
  fib_lookup: 69,
  jiffies64: 118,
  ringbuf_output: 130,
  ringbuf_reserve: 131,
  ringbuf_submit: 132,
  ringbuf_discard: 133,
  redirect_neigh: 152,
  ktime_get_coarse_ns: 160,
  for_each_map_elem: 164,
  timer_init: 169,
  timer_set_callback: 170,
  timer_start: 171,
  timer_cancel: 172,
  loop: 181,
  xdp_get_buff_len: 188,
  xdp_load_bytes: 189,
  xdp_store_bytes: 190,
  map_lookup_percpu_elem: 195,
} as const;
export type HelperName = keyof typeof helperIds;

/** What a helper takes: numbers, and the addresses of views. */
export type Argument = Number64 | Be16 | Be32 | View | Temporary;

/** Calls a helper; gives the temporary that holds what it returns. */
export function callHelper(name: HelperName, ...args: Argument[]): Temporary {
  const to = builder().temporary();
  builder().add({
    kind: "call",
    target: { kind: "helper", id: helperIds[name], name },
    arguments: args.map(argumentOf),
    to,
  });
  return to;
}

/** An argument in a register, or an immediate if it fits. */
export function argumentOf(argument: Argument): Temporary | number {
  if (argument instanceof View) return argument.asPointer;
  if (typeof argument === "number" || typeof argument === "bigint") {
    const value = BigInt.asUintN(64, BigInt(argument));
    const signed = BigInt.asIntN(64, value);
    return signed === BigInt.asIntN(32, signed) ? Number(signed) : inRegister(value);
  }
  if (!(argument instanceof Temporary))
    return typeof argument.source === "bigint" ? argumentOf(argument.source) : argument.source;
  return argument;
}

/**
 * Calls a helper whose result is a number of 32 bits: an error is negative in all 64, and where a {@link U32} is the upper
 * half is zero.
 */
export const callHelper32 = (name: HelperName, ...args: Argument[]): U32 =>
  new U64(callHelper(name, ...args)).low;

/** Nanoseconds since the machine started. */
export const now = (): U64 => new U64(callHelper("ktime_get_ns"));
/** The same, up to a timer tick late and several times cheaper. */
export const coarseNow = (): U64 => new U64(callHelper("ktime_get_coarse_ns"));
/** A pseudo-random number. */
export const random = (): U32 => new U32(callHelper("get_prandom_u32"));
/** The number of the CPU that runs this. */
export const processor = (): U32 => new U32(callHelper("get_smp_processor_id"));
