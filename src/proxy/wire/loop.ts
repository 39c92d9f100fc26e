import { eventOver, timedBy } from "./event-time.js";
import { flushedBy, flushWires } from "./flush.js";
import { native } from "./native.js";

export type Sys = NonNullable<typeof native>;

/** What is written to so many wires goes to the kernel at once, if it isn't longer: a large part gains nothing by it. */
const mostTogether = 64;
const longestTogether = 4096;

let loop: InstanceType<Sys["SocketLoop"]> | undefined;

/** This thread's. */
export function socketLoop(sys: Sys): InstanceType<Sys["SocketLoop"]> {
  if (loop === undefined) {
    loop = new sys.SocketLoop(() => {
      try {
        flushWires();
      } finally {
        eventOver();
      }
    });
    flushedBy(loop, sys.WriteBatch.open(mostTogether, longestTogether));
    timedBy(loop);
  }
  return loop;
}

let wanted: "epoll" | "net" = process.env["RONDO_WIRES"] === "net" ? "net" : "epoll";

/** What moves the bytes of plain connections: the kernel's calls themselves where they can be called, or node:net. */
export function chooseWires(which: "epoll" | "net"): void {
  wanted = which;
}

/** The C library, where wires are to use it. */
export function epollSystem(): Sys | undefined {
  return wanted === "epoll" ? native : undefined;
}
