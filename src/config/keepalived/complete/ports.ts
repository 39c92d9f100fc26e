import type { VirtualServerGroup } from "../model/index.js";
import type { Reading } from "../read/reading.js";
import type { Forwarding, RealServerDraft, VirtualServerDraft } from "../read/server-draft.js";

/**
 * Ports of real servers: with DR and TUN they are the virtual server's, and none with a mark; a server that says none
 * has the virtual server's. What can't be is noted and set right, as the real one does it.
 */
export function matchPorts(
  draft: VirtualServerDraft,
  servers: readonly RealServerDraft[],
  forwarding: Forwarding,
  group: VirtualServerGroup | undefined,
  name: string,
  reading: Reading,
): void {
  const { target } = draft;
  const all = [
    ...servers.map((server) => ({
      server,
      what: `real server ${server.address}`,
      method: (server.forwarding ?? forwarding).method,
    })),
    ...(draft.sorry
      ? [{ server: draft.sorry, what: "sorry server", method: (draft.sorry.forwarding ?? forwarding).method }]
      : []),
  ];
  for (const { server, what, method } of all) {
    const say = (message: string, remedy: string) =>
      reading.findings.add(server.word.at, "port", message, { remedy });
    if (group) {
      if (method === "masq" || server.port === 0) continue;
      if (group.marks.length > 0)
        say(
          `WARNING - fwmark virtual server ${name}, ${what} has port specified - port will be ignored`,
          "Leave its port out.",
        );
      else if (group.addresses.some((range) => range.firstPort !== server.port))
        say(
          `virtual server ${name} and ${what} ports don't match`,
          "With DR and TUN the packet keeps its port: write the group's port, or 0.",
        );
      continue;
    }
    const port = target.kind === "address" ? target.port : 0;
    if (method === "masq") {
      if (target.kind === "address" && server.port === 0) server.port = port;
    } else if (target.kind === "mark") {
      if (server.port !== 0)
        say(
          `WARNING - fwmark virtual server ${name}, ${what} has port specified - clearing`,
          "Leave its port out.",
        );
      server.port = 0;
    } else {
      if (server.port !== 0 && server.port !== port)
        say(
          `WARNING - virtual server ${name} and ${what} ports don't match - resetting`,
          `With DR and TUN the packet keeps its port: write ${port}, or use NAT.`,
        );
      server.port = port;
    }
  }
}
