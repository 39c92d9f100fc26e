import { struct, u32 } from "../../../asm/index.js";

/** A walk of rr or wrr: filled in before, read afterwards. */
export const Turn = struct("Turn", {
  /** Where the servers' indexes begin, and how many there are. */
  servers: u32,
  count: u32,
  /** Where in the list the walk begins. */
  start: u32,
  /** Only servers of at least this weight. */
  weight: u32,
  /** What was found: the server's place in the list and its index; the largest weight that was seen. */
  place: u32,
  chosen: u32,
  heaviest: u32,
  unused: u32,
});
