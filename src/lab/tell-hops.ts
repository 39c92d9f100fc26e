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
      ...(hop.tunnel
        ? [`      ${hop.tunnel.type.padEnd(4)} ${hop.tunnel.source} → ${hop.tunnel.destination}`]
        : []),
      `      IP   ${hop.source} → ${hop.destination}`,
      ...changeLines(hop).map((line) => `           ${line}`),
    ];
  });
  return rest > 0 ? [...lines, `      and ${rest} more: ACK and FIN, by the same way`] : lines;
}

const isBare = (packet: string) => packet === "ACK" || packet === "FIN, ACK" || packet === "FIN";

function changeLines({ from, changed, was = {}, source, destination }: Hop): string[] {
  if (!changed) return [];
  const macs = changed.filter((what) => what.endsWith("MAC"));
  const wrapped = changed.includes("outer header");
  const others = changed
    .filter((what) => !macs.includes(what) && what !== "outer header")
    // Address and port are told together below.
    .map((what) => what.replace(/^(source|destination) (address|port)$/, "$1"))
    .filter((what, index, all) => all.indexOf(what) === index);
  const inFrame =
    macs.length === 2
      ? "both MAC addresses"
      : macs.length === 1
        ? `the ${macs[0]} address`
        : "nothing in the frame";
  const inPacket =
    others.length === 0 ? "the IP packet is unchanged" : `of the IP packet only: ${others.join(", ")}`;
  return [
    ...(wrapped ? [`${from} put the IP packet into one of its own to the real server`] : []),
    `${from} rewrote ${inFrame}; ${inPacket}`,
    ...(was.source === undefined ? [] : [`source ${was.source} became ${source}`]),
    ...(was.destination === undefined ? [] : [`destination ${was.destination} became ${destination}`]),
  ];
}
