import type { Hop } from "./hops.js";

/**
 * The way of one request as text, at most 100 columns. What only acknowledges or ends the connection goes the same way
 * again and is counted, not shown.
 * @param ownerOf gives "director's ens33" for a MAC address.
 */
export function tellHops(hops: readonly Hop[], ownerOf: (mac: string) => string): string[] {
  const shown = hops.filter(({ packet }) => !isBare(packet));
  const rest = hops.length - shown.length;
  const lines = shown.flatMap((hop, index) => {
    const number = `${index + 1}.`.padStart(5);
    const way = `${hop.from} → ${hop.to}`;
    return [
      `${number} ${way.padEnd(22)} ${hop.packet}`,
      `      MAC  ${hop.sourceMac} (${ownerOf(hop.sourceMac)}) → ${hop.destinationMac} (${ownerOf(hop.destinationMac)})`,
      `      IP   ${hop.source} → ${hop.destination}`,
      ...(hop.changed ? [`      ${changeText(hop)}`] : []),
    ];
  });
  return rest > 0 ? [...lines, `      and ${rest} more: ACK and FIN, by the same way`] : lines;
}

const isBare = (packet: string) => packet === "ACK" || packet === "FIN, ACK" || packet === "FIN";

function changeText({ from, changed = [] }: Hop): string {
  const macs = changed.filter((what) => what.endsWith("MAC"));
  const others = changed.filter((what) => !what.endsWith("MAC"));
  const inFrame =
    macs.length === 2
      ? "both MAC addresses"
      : macs.length === 1
        ? `the ${macs[0]} address`
        : "nothing in the frame";
  const inPacket =
    others.length === 0 ? "the IP packet is unchanged" : `of the IP packet only: ${others.join(", ")}`;
  return `     ${from} rewrote ${inFrame}; ${inPacket}`;
}
