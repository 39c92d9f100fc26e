import { Condition } from "./condition.js";
import { unlikely, variable, when } from "./control.js";
import { builder } from "./function-builder.js";
import type { Given } from "./given.js";
import { callHelper } from "./helper.js";
import type { Size } from "./instruction.js";
import type { Temporary } from "./operation.js";
import { declareProgram, type Hook, type Program } from "./program.js";
import type { Shape, Struct } from "./struct.js";
import { constant32, inRegister, U32, U64 } from "./value.js";
import { type StructView, structView, View } from "./view.js";

/**
 * What the two hooks call the same thing: the verdicts (include/uapi/linux/bpf.h, enum xdp_action; pkt_cls.h, TC_ACT_*)
 * and the places in their contexts (struct xdp_md, struct __sk_buff).
 */
export const verdictsOf = {
  xdp: { aborted: 0, drop: 1, pass: 2, transmit: 3, redirect: 4, data: 0, end: 4, device: 12 },
  tc: { aborted: 2, drop: 2, pass: -1, transmit: 7, redirect: 7, data: 76, end: 80, device: 40 },
} as const;

/** The packet that a program decides about. */
export class Packet {
  readonly #hook: Hook;
  readonly #context: Temporary;
  #data: Temporary;
  #end: Temporary;
  /** How far reading has come: a place that is known at most when the packet comes, and a distance from it. */
  #cursor: { base: Temporary; offset: number };
  /** What is done before the packet ends. */
  #onEnd: ((verdict: U32) => void) | undefined;

  constructor(hook: Hook, context: Temporary, linear: number, from?: Packet) {
    this.#hook = hook;
    this.#context = context;
    if (from) {
      this.#data = from.#data;
      this.#end = from.#end;
      this.#cursor = from.#cursor;
      this.#onEnd = from.#onEnd;
      return;
    }
    this.#data = this.#pointer("data");
    this.#end = this.#pointer("end");
    if (hook === "tc" && linear > 0) this.#pull(linear);
    this.#cursor = { base: this.#data, offset: 0 };
  }

  /** The packet of a program whose context came as an argument, or anew after a helper that moved its bytes. */
  static of(hook: Hook, context: View, linear = 54): Packet {
    return new Packet(hook, context.asPointer, linear);
  }

  /** The packet from its beginning, with so many first bytes brought together at the tc hook. */
  again(linear = 0): Packet {
    const packet = new Packet(this.#hook, this.#context, linear);
    packet.#onEnd = this.#onEnd;
    return packet;
  }

  /**
   * Brings up to `most` first bytes together at the tc hook, as many as there are, and gives the packet from its beginning.
   * Views of before hold again once their headers have been read anew: their bytes may have moved.
   */
  gather(most: number): Packet {
    const packet = this.branch();
    packet.#cursor = { base: this.#data, offset: 0 };
    if (this.#hook !== "tc") return packet;
    const count = variable(this.#contextWord(0));
    when(count.value.above(most), () => count.set(constant32(most)));
    callHelper("skb_pull_data", this.context, count.value);
    builder().add({ kind: "move", to: this.#data, from: this.#pointer("data"), wide: true });
    builder().add({ kind: "move", to: this.#end, from: this.#pointer("end"), wide: true });
    return packet;
  }

  /** The same packet, read on from here apart: for what is read in one branch only. */
  branch(): Packet {
    return new Packet(this.#hook, this.#context, 0, this);
  }

  /** The same packet; what ends with it does `body` before, with the verdict. */
  onEnd(body: (verdict: U32) => void): Packet {
    const packet = this.branch();
    packet.#onEnd = body;
    return packet;
  }

  /** What helpers take as the packet. */
  get context(): View {
    return new View(this.#context, 0);
  }

  /**
   * The next header. A packet that is too short for it is passed on untouched, or what `otherwise` decides: bounds are
   * checked here and never again.
   */
  header<S extends Shape>(struct: Struct<S>, otherwise: () => void = () => this.pass()): StructView<S> {
    const { base, offset } = this.#cursor;
    const view = structView(struct, base, offset);
    const end = builder().temporary();
    builder().add({ kind: "alu", op: "add", wide: true, to: end, left: base, right: offset + struct.size });
    unlikely(Condition.compare("gt", end, this.#end, true), otherwise);
    this.#cursor = { base, offset: offset + struct.size };
    return view;
  }

  /** Goes back to where `view` begins and then `bytes` on: for headers whose length the packet tells. */
  continueAfter(view: View, bytes: U32): void {
    const from = view.asPointer;
    const base = builder().temporary();
    base.inPacket = true;
    builder().add({
      kind: "alu",
      op: "add",
      wide: true,
      to: base,
      left: from,
      right: inRegister(bytes.source),
    });
    this.#cursor = { base, offset: 0 };
  }

  /** Bytes of the frame. */
  get length(): U32 {
    if (this.#hook === "tc") return this.#contextWord(0);
    return new U64(this.#end).sub(new U64(this.#data)).low;
  }

  /**
   * What one segment's share of the payload is, if the kernel has put several segments into one packet; else 0. Only the tc
   * hook sees such packets (__sk_buff.gso_size).
   */
  get segmentSize(): U32 {
    return this.#hook === "tc" ? this.#contextWord(176) : constant32(0);
  }

  /** The index of the device that the packet came in by. */
  get device(): U32 {
    return this.#contextWord(verdictsOf[this.#hook].device);
  }

  /** Whether the frame is addressed to this device. The tc hook knows it; for XDP the device's address must be given. */
  isFor(mac: Uint8Array | Given, destination: { is(other: Uint8Array | Given): Condition }): Condition {
    if (this.#hook === "tc") return this.#contextWord(4).is(0); // __sk_buff.pkt_type: PACKET_HOST
    return destination.is(mac);
  }

  /**
   * Whether it belongs to a VLAN though its header doesn't say so: before the tc hook the kernel takes the tag out of the
   * frame and keeps it beside (__sk_buff.vlan_present). XDP finds tags where they were sent.
   */
  get isTagged(): Condition {
    return this.#hook === "tc" ? this.#contextWord(20).isNot(0) : Condition.known(false);
  }

  /** Leaves the packet to the host's stack (and to programs that come after). */
  pass(): void {
    this.#exit(verdictsOf[this.#hook].pass);
  }
  drop(): void {
    this.#exit(verdictsOf[this.#hook].drop);
  }
  /** Sends it out again by the device that it came in by (XDP only: XDP_TX). */
  transmit(): void {
    if (this.#hook !== "xdp") throw new Error("only XDP can transmit: redirect instead");
    this.#exit(verdictsOf.xdp.transmit);
  }
  /** Sends it out by a device. */
  redirect(device: U32): void {
    this.#exit(callHelper("redirect", device, 0));
  }
  /** Ends with a verdict as a number. */
  end(verdict: U32): void {
    this.#exit(inRegister(verdict.source));
  }

  #exit(verdict: Temporary | number): void {
    this.#onEnd?.(typeof verdict === "number" ? constant32(verdict) : new U32(verdict));
    builder().exit(verdict);
  }

  /** At the tc hook only the first part of a packet may lie in one piece: brings at least `count` bytes of it together. */
  #pull(count: number): void {
    const wanted = builder().temporary();
    builder().add({ kind: "alu", op: "add", wide: true, to: wanted, left: this.#data, right: count });
    const short = Condition.compare("gt", wanted, this.#end, true);
    const { data, end } = { data: builder().temporary(), end: builder().temporary() };
    builder().add({ kind: "move", to: data, from: this.#data, wide: true });
    builder().add({ kind: "move", to: end, from: this.#end, wide: true });
    unlikely(short, () => {
      when(this.#contextWord(0).atLeast(count), () => {
        callHelper("skb_pull_data", this.context, count);
        builder().add({ kind: "move", to: data, from: this.#pointer("data"), wide: true });
        builder().add({ kind: "move", to: end, from: this.#pointer("end"), wide: true });
      });
    });
    data.inPacket = true;
    this.#data = data;
    this.#end = end;
  }

  #pointer(name: "data" | "end"): Temporary {
    const to = this.#load(verdictsOf[this.#hook][name], name);
    to.inPacket = name === "data";
    return to;
  }

  #contextWord(offset: number): U32 {
    return new U32(this.#load(offset));
  }

  #load(offset: number, name?: string): Temporary {
    const to = builder().temporary(name);
    builder().add({ kind: "load", to, from: this.#context, offset, size: 4 as Size });
    return to;
  }
}

/** Declares a program for a hook. `linear`: how many first bytes the tc hook brings together before they are read. */
export function packetProgram(
  name: string,
  hook: Hook,
  body: (packet: Packet) => void,
  options: { linear?: number } = {},
): Program {
  return declareProgram(name, hook, (context) => body(new Packet(hook, context, options.linear ?? 54)));
}

/** A program for native XDP. */
export const xdp = (name: string, body: (packet: Packet) => void): Program =>
  packetProgram(name, "xdp", body);
/** A program for the tc ingress hook. */
export const tc = (name: string, body: (packet: Packet) => void): Program => packetProgram(name, "tc", body);
