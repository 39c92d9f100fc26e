/** What is said of keywords that are read and do nothing, by reason. */
export const says = {
  linkbeat: "Links are watched by netlink, which reports all of them; nothing is polled.",
  ipsets:
    "No sets are made: what no_accept and use_vmac want kept out is kept out by a packet filter of our own.",
  firewall:
    "What no_accept and use_vmac want kept out is kept out by a packet filter of our own; no chain or table of yours is touched.",
  snmp: "There is no SNMP agent; states and counters are in the metrics and in --json.",
  dbus: "There is no D-Bus service; ask the control socket.",
  netlinkBuffers:
    "The netlink socket's receive buffer has its own size; a lost message is noticed and everything is read again.",
  automaticPriority:
    "A process that runs late is not given a higher priority; *_rt_priority gives it one from the start.",
  /** Of keywords that do differ. */
  mainThread: "It counts for the main thread, which does all of the work; Node.js has others beside it.",
  configCopy: "Processes are given the texts by their parent; no copy is written to a file.",
} as const;
