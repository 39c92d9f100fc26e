/** Debian packages that people like to have on a lab's hosts. The lab itself uses none of them. */
export const helpful = [
  { command: "ip", package: "iproute2", use: "addresses, routes, neighbours" },
  {
    command: "ifconfig",
    package: "net-tools",
    use: "addresses and routes as in older notes: ifconfig, route",
  },
  { command: "sysctl", package: "procps", use: "kernel settings, ps" },
  { command: "tcpdump", package: "tcpdump", use: "watching packets" },
  { command: "curl", package: "curl", use: "requests by hand" },
  { command: "ping", package: "iputils-ping", use: "who is there" },
  { command: "iptables", package: "iptables", use: "firewall rules" },
  { command: "arptables", package: "arptables", use: "rules for ARP" },
  { command: "ethtool", package: "ethtool", use: "offloads" },
] as const;
