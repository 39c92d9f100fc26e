import { ownerOf } from "../cluster.js";
import type { Check } from "../finding.js";

/** Milliseconds: more than any network takes. */
const most = 1000;

/** Clocks that differ, asked on the wire. */
export const clocks: Check = {
  codes: {
    clock: {
      severity: "warning",
      shows: "logs don't fit together; cookies, tickets and cached pages expire too early or too late",
    },
  },
  *look({ hosts }) {
    for (const host of hosts)
      for (const { address, milliseconds } of host.clocks)
        if (Math.abs(milliseconds) > most) {
          const other = ownerOf(hosts, address);
          const seconds = (Math.abs(milliseconds) / 1000).toFixed(1);
          yield {
            code: "clock",
            host: host.host,
            what: `the clock of ${other ? `${other.host} (${address})` : address} is ${seconds} s ${milliseconds > 0 ? "ahead of" : "behind"} this host's`,
            cure: "Let both follow one clock: chrony or systemd-timesyncd.",
          };
        }
  },
};
