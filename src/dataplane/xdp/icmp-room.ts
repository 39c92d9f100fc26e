import {
  bytes,
  callHelper,
  constant32,
  Ethernet,
  type Hook,
  Packet,
  PerCpuArray,
  struct,
  type U32,
  U64,
  unlikely,
  type View,
  variable,
  when,
} from "../../asm/index.js";

/** What an ICMP error quotes, and what it needs ahead of it, in bytes. */
export interface Room {
  /** The packet's bytes from its IP header on. */
  readonly length: U32;
  /** How many of them stay. */
  readonly quoted: U32;
  /** How many come between Ethernet's header and them. */
  readonly added: number;
  readonly failed: () => void;
}

const mostQuoted = 2048;
const Quote = struct("Quote", { bytes: bytes(mostQuoted, 8) });
/** Where the tc hook keeps what is quoted while it makes the packet anew. */
export const icmpQuotes = new PerCpuArray("icmp_quotes", Quote, 1);

/** Makes room between the Ethernet header and the IP header, and cuts the packet's end: what stands in the room is anything. */
export function makeRoom(hook: Hook, ctx: View, room: Room): void {
  if (hook === "xdp") makeRoomAtXdp(ctx, room);
  else makeRoomAtTc(ctx, room);
}

function makeRoomAtXdp(ctx: View, { length, quoted, added, failed }: Room): void {
  // A frame in several buffers is longer than what can be seen of it here; a short one is padded.
  const frame = variable(Packet.of("xdp", ctx).length);
  const told = length.add(Ethernet.size);
  when(frame.value.below(told), () => frame.set(told));
  must(callHelper("xdp_adjust_tail", ctx, quoted.add(Ethernet.size).sub(frame.value)), failed);
  must(callHelper("xdp_adjust_head", ctx, -added), failed);
}

/** BPF_ADJ_ROOM_MAC (include/uapi/linux/bpf.h): behind the Ethernet header. */
const behindEthernet = 1;

/**
 * At tc the kernel holds more about a packet than its bytes: that it is several segments in one, that its checksum is still
 * to be filled in by who sends it (CHECKSUM_PARTIAL), what the device found its sum to be (CHECKSUM_COMPLETE). None of that
 * holds for what it becomes. skb_change_tail ends the first. The second ends when a header is taken from the front and
 * the place where the sum would begin is gone with it; kernels before 6.2 see that at the next header taken. The third
 * ends when the packet grows. So the packet shrinks to less than any header, and grows again.
 */
function makeRoomAtTc(ctx: View, { quoted, added, failed }: Room): void {
  const quote = icmpQuotes.lookup(constant32(0)).otherwise(failed);
  unlikely(quoted.above(mostQuoted), failed);
  must(callHelper("skb_load_bytes", ctx, Ethernet.size, quote, quoted), failed);
  must(callHelper("skb_change_tail", ctx, Ethernet.size + large + 8 + small, 0), failed);
  must(callHelper("skb_adjust_room", ctx, -large, behindEthernet, 0), failed);
  must(callHelper("skb_adjust_room", ctx, -8, behindEthernet, 0), failed);
  must(callHelper("skb_change_tail", ctx, quoted.add(Ethernet.size + added), 0), failed);
  must(callHelper("skb_store_bytes", ctx, Ethernet.size + added, quote, quoted, 0), failed);
  callHelper("skb_pull_data", ctx, quoted.add(Ethernet.size + added));
}

/** More than IP options and extension headers take, and the least that IPv6 is left. */
const large = 512;
const small = 40;

/** Helpers give a negative error. */
function must(result: ConstructorParameters<typeof U64>[0], failed: () => void): void {
  unlikely(new U64(result).isNot(0), failed);
}
