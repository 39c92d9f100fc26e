import { array, struct, timer, u32, u64 } from "../../asm/index.js";
import { Statistics } from "./layout-service.js";

/** What the sweeper keeps between two ticks: the kernel's timer, and where it is. */
export const Sweep = struct("Sweep", {
  timer,
  /** The bucket to go on at, and how many entries were in use so far. */
  position: u32,
  used: u32,
  /** The server to estimate next, and when (ns) this round began. */
  estimated: u32,
  /** Ticks of the sweeper since defences were looked at. */
  sinceDefence: u32,
  estimatingSince: u64,
  /** Which of 32 buckets loses entries at present, while dropEntries says so. */
  victims: u32,
  /** Ticks of the sweeper since destinations were forgotten, and how many were left. */
  sinceForgetting: u32,
  destinations: u32,
  unused: u32,
  /** By a connection's packets: how many more such connections are let be (ip_vs_conn.c, todrop_entry). */
  spared: array(u32, 16),
});

/**
 * A server's rates: what all CPUs had counted when the sweeper looked last, and the averages since, per second in fixed
 * point: connections and packets times 2^10, bytes times 2^5 (net/netfilter/ipvs/ip_vs_est.c).
 */
export const Rate = struct("Rate", { last: Statistics, average: Statistics }, { size: 128 });
