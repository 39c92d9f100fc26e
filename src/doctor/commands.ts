// Commands that mend, as a person would type them.

import type { HostFacts, ServerFacts, ServiceFacts } from "./facts.js";
import type { Mend } from "./finding.js";
import { fullLength } from "./routing.js";

export const on = (host: HostFacts, ...commands: readonly string[]): Mend[] =>
  commands.map((command) => ({ host: host.host, command }));

export const setSysctl = (name: string, value: string | number): string =>
  `sysctl -w ${name}=${typeof value === "string" ? `"${value}"` : value}`;

/** "net.ipv4.conf.eth0/100.rp_filter" */
export const linkSysctl = (link: string, name: string): string =>
  `net.ipv4.conf.${link.replaceAll(".", "/")}.${name}`;

export const addToLo = (vip: string): string =>
  `ip addr add ${vip}/${fullLength(vip)} dev lo${vip.includes(":") ? " nodad" : ""}`;

const methodFlags = { masq: "-m", droute: "-g", tunnel: "-i", local: "-g" } as const;

/** "-r 192.168.4.100:80 -g -w 1", with all that `ipvsadm -e` would else take back. */
export function serverWords(server: ServerFacts, change: { weight?: number; port?: number } = {}): string {
  const { tunnel } = server;
  const words = [
    `-r ${endpoint(server.address, change.port ?? server.port)}`,
    methodFlags[server.method],
    `-w ${change.weight ?? server.weight}`,
  ];
  if (server.upperThreshold > 0) words.push(`-x ${server.upperThreshold}`);
  if (server.lowerThreshold > 0) words.push(`-y ${server.lowerThreshold}`);
  if (tunnel && tunnel.type !== "ipip") {
    words.push(`--tun-type ${tunnel.type}`);
    if (tunnel.type === "gue") words.push(`--tun-port ${tunnel.port}`);
    if (tunnel.checksum === "none") words.push("--tun-nocsum");
    if (tunnel.checksum === "csum") words.push("--tun-csum");
    if (tunnel.checksum === "remote") words.push("--tun-remcsum");
  }
  return words.join(" ");
}

export const ipvsadm = (command: "-a" | "-e" | "-d", service: ServiceFacts, words: string): string =>
  `ipvsadm ${command} ${service.name} ${words}`;

export const endpoint = (address: string, port: number): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
