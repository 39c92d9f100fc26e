import {
  Ethernet,
  Ipv4,
  networkOrder16,
  networkOrder32,
  type Program,
  ProgramArray,
  SharedStruct,
  struct,
  Tcp,
  type U32,
  u16,
  u32,
  u64,
  when,
  xdp,
} from "../src/asm/index.js";
import { directorMac, virtual } from "./traffic.js";

/** How the wrapper makes packets: one of `flows` (in a pseudo-random walk), or with `unique` a new one each time. */
export const Walk = struct("Walk", { flows: u32, unique: u32, counter: u64 });
export const walk = new SharedStruct("walk", Walk);
export const target = new ProgramArray("target", 1);

/**
 * Runs before the measured program, by a tail call. BPF_PROG_TEST_RUN repeats on one packet and does not put back what a
 * program wrote, so this writes the packet's addresses, time to live and flow anew each time. What it costs is measured with
 * a program that does nothing, and taken off.
 *
 * Both addresses are written at once, and both ports: a program may read them so, and a CPU can't hand on a load that only a
 * part of was just stored. From a network card they would come as one.
 */
export const wrapper: Program = xdp("wrapper", (packet) => {
  const context = packet.context.asPointer;
  const ethernet = packet.header(Ethernet);
  const ip = packet.header(Ipv4);
  const tcp = packet.header(Tcp);
  ethernet.destination.copy(directorMac);
  ethernet.source.copy(Uint8Array.of(2, 0, 0, 2, 3, 4));
  ip.set({ timeToLive: 64 });
  ip.write(u16, "checksum", 0x1234);
  const state = walk.here;
  const number = state.counter;
  state.counter = number.add(1);
  const choose = (flow: U32) => {
    const client = flow.shiftRight(14).add(0x0a00_0000).toBe32.raw.extended;
    ip.write(u64, "source", networkOrder32(virtual.address).raw.extended.shiftLeft(32).or(client));
    const port = flow.and(16383).add(1024).toBe16.raw;
    tcp.write(u32, "sourcePort", networkOrder16(virtual.port).raw.shiftLeft(16).or(port));
  };
  when(
    state.unique.isNot(0),
    () => choose(number.low),
    () => {
      const mixed = number.xor(number.shiftLeft(13)).mul(0x9e37_79b9_7f4a_7c15n);
      choose(mixed.xor(mixed.shiftRight(32)).low.mod(state.flows));
    },
  );
  target.tailCall(context, 0);
  packet.drop();
});

/** A program that does nothing: what is left is the wrapper's share. */
export const nothing: Program = xdp("nothing", (packet) => packet.transmit());
