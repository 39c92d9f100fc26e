import { array, bytes, struct, u32, u64 } from "../../asm/index.js";

/** What lblc and lblcr find the servers of a destination by: the number of the service's cache, and the address. */
export const DestinationKey = struct("DestinationKey", {
  cache: u32,
  /** The scheduler's number: each has an age of its own at which it forgets. */
  scheduler: u32,
  address: bytes(16, 4),
});

/**
 * The servers of a destination, for lblc the first member alone. A member is a server's index in the lower half, and in the
 * upper one the server's stamp combined with the number of the cache: it counts only as long as both are the same.
 */
export const Destination = struct("Destination", {
  /** Ticks. */
  lastUse: u32,
  /** When a member came or went. */
  changed: u32,
  members: array(u64, 32),
});
