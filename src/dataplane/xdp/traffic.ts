import { type U32, when } from "../../asm/index.js";
import { Ready } from "./layout.js";
import { servers, statistics } from "./maps.js";

/** Counts a packet that comes in for a server. `length` gives its bytes from the IP header on. */
export function countIn(server: U32, length: () => U32): void {
  statistics.lookup(server).whenFound((counts) => {
    counts.inPackets = counts.inPackets.add(1);
    counts.inBytes = counts.inBytes.add(length());
  });
}

/** Counts what a server answers. */
export function countOut(server: U32, length: () => U32): void {
  statistics.lookup(server).whenFound((counts) => {
    counts.outPackets = counts.outPackets.add(1);
    counts.outBytes = counts.outBytes.add(length());
  });
}

/** What a server that was taken away still has to do with is not counted. */
export function unlessRemoved(server: U32, work: () => void): void {
  when(servers.at(server).ready.isNot(Ready.removed), work);
}
