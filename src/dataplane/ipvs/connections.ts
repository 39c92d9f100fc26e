import { closeSync, openSync, readSync } from "node:fs";
import type { ConnectionEntry } from "../../ipvs/model.js";
import { parseConnectionLine } from "./connection-line.js";

/** As the calling thread sees it: in its network namespace. */
const file = "/proc/thread-self/net/ip_vs_conn";

/** The connection table, as the kernel goes through it; a piece of it is read at a time. */
export function* readConnections(): Generator<ConnectionEntry> {
  // Opened at once, in the namespace of who asks; the file stays that one's.
  const fd = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(65_536);
    let rest = "";
    for (;;) {
      const length = readSync(fd, buffer);
      if (length === 0) break;
      const lines = (rest + buffer.toString("latin1", 0, length)).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const entry = parseConnectionLine(line);
        if (entry) yield entry;
      }
    }
  } finally {
    closeSync(fd);
  }
}
