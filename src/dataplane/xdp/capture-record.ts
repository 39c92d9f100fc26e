import { array, struct, u8, u32, u64 } from "../../asm/index.js";

/** The most bytes of a packet that are recorded. */
export const mostCaptured = 4096;

/** What became of a packet. */
export const Fate = { passed: 0, dropped: 1, sent: 2 } as const;
/** What a packet was: a client's, a server's behind NAT, or an ICMP packet that told of one of those. */
export const Course = { request: 0, reply: 1, error: 2 } as const;
/** A packet that was sent to, or came from, no server. */
export const noServer = 0xffff_ffff;

/**
 * A record of a packet that the director decided about:
 *
 *      0                                      48          48 + present       48 + present + leftPresent
 *     +--------------------------------------+-----------+------------------+
 *     | this                                 | as it came| as it left       |
 *     +--------------------------------------+-----------+------------------+
 */
export const CaptureHead = struct(
  "CaptureHead",
  {
    /** When it came: nanoseconds since the machine started. */
    at: u64,
    /** The device that it came in by. */
    device: u32,
    /** The server's index, or {@link noServer}. */
    server: u32,
    fate: u32,
    course: u32,
    /** 0, or 1 and the index of what was counted last while it was decided (layout.ts, eventNames). */
    reason: u32,
    /** Bytes of the frame as it came, and how many of them are recorded. */
    length: u32,
    present: u32,
    /** The same as it left; 0 and 0 if it didn't. */
    leftLength: u32,
    leftPresent: u32,
  },
  { size: 48 },
);

const Byte = struct("CapturedByte", { value: u8 });

/** Where a CPU makes a record. */
export const Captured = struct("Captured", {
  /** 1 while the packet that came is here and it is not decided yet what becomes of it. */
  pending: u32,
  unused: u32,
  /** Records that there was no room for, since the map was made. */
  lost: u64,
  head: CaptureHead,
  bytes: array(Byte, 2 * mostCaptured),
});
