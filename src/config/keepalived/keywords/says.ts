/** What is said of keywords that are read and do nothing, by reason. */
export const says = {
  linkbeat: "Links are watched by netlink, which reports all of them; nothing is polled.",
  ipsets:
    "No firewall sets are made: none are needed, since packets to a VIP that isn't accepted are dropped without a firewall.",
  firewall: "No firewall rules are made: none are needed.",
  snmp: "There is no SNMP agent; states and counters are in the metrics and in --json.",
  dbus: "There is no D-Bus service; ask the control socket.",
  netlinkBuffers:
    "The netlink socket's receive buffer has its own size; a lost message is noticed and everything is read again.",
  realtime: "Node.js can't set a real-time priority; give the service CPUSchedulingPolicy= in its unit.",
  memory: "Node.js can't lock its memory; give the service MemorySwapMax=0 in its unit.",
  affinity: "Node.js can't choose its processors; give the service CPUAffinity= in its unit.",
  configCopy: "Processes are given the texts by their parent; no copy is written to a file.",
} as const;
