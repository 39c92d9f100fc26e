import { SystemError } from "../sys/index.js";
import { Attribute } from "./attribute.js";
import type { BpfProgram } from "./program.js";

/** XDP's verdicts (enum xdp_action, include/uapi/linux/bpf.h). */
export const XdpVerdict = { aborted: 0, drop: 1, pass: 2, transmit: 3, redirect: 4 } as const;
/** tc's verdicts (include/uapi/linux/pkt_cls.h): "goOn" (TC_ACT_UNSPEC, -1) asks what stands behind. */
export const TcVerdict = { goOn: 0xffff_ffff, pass: 0, drop: 2, redirect: 7 } as const;

export interface TestRunOptions {
  /** A frame of at least 14 bytes. */
  readonly packet: Uint8Array;
  /** How often, for measuring: each run begins with what the one before left. */
  readonly repeat?: number;
  /** struct xdp_md or __sk_buff, see {@link xdpContext}. */
  readonly context?: Uint8Array;
}

export interface TestRunResult {
  /** See {@link XdpVerdict} and {@link TcVerdict}. */
  readonly verdict: number;
  /** As the program left it. */
  readonly packet: Uint8Array;
  /** Nanoseconds per run, on average. */
  readonly duration: number;
  /** The context as the program left it, if one was given. */
  readonly context: Uint8Array | undefined;
}

/** A packet may grow by what a page of headroom holds. */
const growth = 4096;

/**
 * Runs a program on a packet in the kernel, without a device (BPF_PROG_TEST_RUN).
 *
 *     u32 program | u32 verdict | u32 size in | u32 size out | u64 data in | u64 data out | u32 repeat | u32 duration
 *     0             4             8             12             16            24             32           36
 *     u32 context in | u32 context out | u64 context in | u64 context out
 *     40               44                48               56
 */
export function testRun(program: BpfProgram, options: TestRunOptions): TestRunResult {
  const { packet, repeat = 1, context } = options;
  const after = Buffer.alloc(packet.length + growth);
  const attribute = new Attribute(80)
    .u32(0, program.fd)
    .u32(8, packet.length)
    .u32(12, after.length)
    .pointer(16, packet)
    .pointer(24, after)
    .u32(32, repeat);
  const contextAfter = context && Buffer.alloc(context.length);
  if (context && contextAfter)
    attribute
      .u32(40, context.length)
      .u32(44, contextAfter.length)
      .pointer(48, context)
      .pointer(56, contextAfter);
  const result = attribute.try("BPF_PROG_TEST_RUN");
  if (result < 0) throw new SystemError("bpf(BPF_PROG_TEST_RUN)", -result);
  return {
    verdict: attribute.get(4),
    packet: after.subarray(0, attribute.get(12)),
    duration: attribute.get(36),
    context: contextAfter?.subarray(0, attribute.get(44)),
  };
}

/**
 * A struct xdp_md for {@link testRun}: as if the packet had come from this device of the caller's network namespace.
 *
 *     u32 data | u32 data_end | u32 data_meta | u32 ingress_ifindex | u32 rx_queue_index | u32 egress_ifindex
 */
export function xdpContext(packetLength: number, interfaceIndex: number, queue = 0): Uint8Array {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(packetLength, 4);
  bytes.writeUInt32LE(interfaceIndex, 12);
  bytes.writeUInt32LE(queue, 16);
  return bytes;
}
