import { readdirSync, readlinkSync } from "node:fs";

/**
 * Descriptors of sockets that whoever started this process left open for it (`fd@N`). Node made them close-on-exec at its start, so that a process
 * that this one starts has only those that are handed on.
 */
export function inheritedSockets(): number[] {
  const channel = Number(process.env["NODE_CHANNEL_FD"] ?? -1);
  let names: string[];
  try {
    names = readdirSync("/proc/self/fd");
  } catch {
    return [];
  }
  return names
    .map(Number)
    .filter((fd) => {
      if (fd < 3 || fd === channel) return false;
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:");
      } catch {
        return false; // the one that the folder was read by
      }
    })
    .sort((a, b) => a - b);
}
