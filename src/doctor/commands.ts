import { shellWord, typed } from "../sys/index.js";
// Commands that mend, as a person would type them.

import type { AddressFacts, HostFacts, ServerFacts, ServiceFacts } from "./facts.js";
import type { Mend } from "./finding.js";
import { fullLength, holds } from "./routing.js";

export const on = (host: HostFacts, ...commands: readonly string[]): Mend[] =>
  commands.map((command) => ({ host: host.host, command }));

export const setSysctl = (name: string, value: string | number): string =>
  `sysctl -w ${shellWord(name)}=${/^[\d ,-]+$/.test(`${value}`) && typeof value === "string" ? `"${value}"` : shellWord(`${value}`)}`;

/** "net.ipv4.conf.eth0/100.rp_filter" */
export const linkSysctl = (link: string, name: string): string =>
  `net.ipv4.conf.${link.replaceAll(".", "/")}.${name}`;

export const addToLo = (vip: string): string =>
  typed`ip addr add ${vip}/${fullLength(vip)} dev lo` + (vip.includes(":") ? " nodad" : "");

/**
 * Takes an IPv4 or IPv6 address from a device. With the first address of an IPv4 network the kernel takes all others of that
 * network, the host's own among them, and its routes: unless it may promote the next one.
 */
export function takeAddress(host: HostFacts, { link, address, prefixLength }: AddressFacts): string[] {
  const beside = host.addresses.filter(
    (each) =>
      each.link === link &&
      each.prefixLength === prefixLength &&
      holds(`${address}/${prefixLength}`, each.address),
  );
  const takesOthers = !address.includes(":") && beside.length > 1 && beside[0]!.address === address;
  return [
    ...(takesOthers ? [setSysctl(linkSysctl(link, "promote_secondaries"), 1)] : []),
    typed`ip addr del ${address}/${prefixLength} dev ${link}`,
  ];
}

const methodFlags = { masq: "-m", droute: "-g", tunnel: "-i", local: "-g" } as const;

/** "-r 192.168.4.100:80 -g -w 1", with all that `ipvsadm -e` would else take back. */
export function serverWords(server: ServerFacts, change: { weight?: number; port?: number } = {}): string {
  const { tunnel } = server;
  const words = [
    typed`-r ${endpoint(server.address, change.port ?? server.port)}`,
    methodFlags[server.method],
    `-w ${change.weight ?? server.weight}`,
  ];
  if (server.upperThreshold > 0) words.push(`-x ${server.upperThreshold}`);
  if (server.lowerThreshold > 0) words.push(`-y ${server.lowerThreshold}`);
  if (tunnel && tunnel.type !== "ipip") {
    words.push(typed`--tun-type ${tunnel.type}`);
    if (tunnel.type === "gue") words.push(typed`--tun-port ${tunnel.port}`);
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
