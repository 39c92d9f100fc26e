import { readFileSync } from "node:fs";

/** Those of each device, of "all" and of "default". */
const perLink = ["arp_ignore", "arp_announce", "rp_filter", "forwarding"];
const others = [
  "net.ipv4.ip_forward",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_max_syn_backlog",
  "net.core.somaxconn",
  "net.netfilter.nf_conntrack_count",
  "net.netfilter.nf_conntrack_max",
  "fs.file-nr",
  "fs.file-max",
];

/** What checks look at, by name; what a kernel hasn't is left out. */
export function readSysctls(links: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  const read = (parts: readonly string[]) => {
    const value = currentValue(parts);
    if (value !== undefined) values[sysctlName(parts)] = value;
  };
  for (const link of ["all", "default", ...links])
    for (const name of perLink) read(["net", "ipv4", "conf", link, name]);
  read(["net", "ipv6", "conf", "lo", "forwarding"]);
  for (const name of others) read(name.split("."));
  return values;
}

/** A dot within a part is written as a slash, as sysctl(8) wants it. */
export const sysctlName = (parts: readonly string[]): string =>
  parts.map((part) => part.replaceAll(".", "/")).join(".");

function currentValue(parts: readonly string[]): string | undefined {
  try {
    return readFileSync(`/proc/sys/${parts.join("/")}`, "utf8")
      .trim()
      .replace(/\s+/g, " ");
  } catch {
    return undefined;
  }
}
