import { placeText } from "../model/place.js";
import type { Reading } from "../read/reading.js";
import { missingTimeouts } from "./missing-timeouts.js";

/** What is said of sections beside proxies when all is read. */
export function checkSections(reading: Reading): void {
  for (const { name, place, servers, connectTimeoutMs, serverTimeoutMs } of reading.rings)
    if (servers.length > 0 && (connectTimeoutMs === undefined || serverTimeoutMs === undefined))
      reading.add("warning", place, missingTimeouts(`backend '${name}'`), { code: "missing-timeouts" });
  for (const section of reading.peers) {
    const local = section.peers.some((peer) => peer.name === reading.localPeer);
    if (section.disabled || local) continue;
    reading.add(
      "warning",
      section.place,
      `Removing incomplete section 'peers ${section.name}' (no peer named '${reading.localPeer}').`,
      {
        code: "no-local-peer",
        remedy: `Tell this host's own name with -L NAME or localpeer, or give the section a line for '${reading.localPeer}'.`,
      },
    );
  }
  for (const section of reading.mailers)
    if (!reading.proxies.some((proxy) => proxy.emailAlert?.mailers === section.name))
      reading.add("warning", section.place, `Removing incomplete section 'mailers ${section.name}'.`, {
        code: "unused",
      });
  for (const section of reading.resolvers)
    if (section.nameservers.length === 0 && !section.parseResolvConf)
      reading.add(
        "warning",
        section.place,
        `resolvers '${section.name}' [${placeText(section.place)}] has no nameservers configured!`,
        { code: "no-nameservers" },
      );
  for (const { name, place } of reading.ringUses)
    if (!reading.rings.some((one) => one.name === name) && !/^buf\d+$/.test(name))
      reading.add("warning", place, `log lines for ring '${name}' go nowhere: there is no such section.`, {
        code: "unknown-ring",
        remedy: `Add a section 'ring ${name}'.`,
      });
}
