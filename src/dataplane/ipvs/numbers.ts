/*
 * The numbers of IPVS's generic netlink family (include/uapi/linux/ip_vs.h).
 *
 *   message:  SERVICE { … }  DEST { … }  DAEMON { … }  TIMEOUT_TCP …      one level of nested attributes
 *
 * Integers are in the host's order, but for ports and addresses, which are in the network's.
 */

export const familyName = "IPVS";

/** IPVS_CMD_* */
export const Command = {
  newService: 1,
  setService: 2,
  deleteService: 3,
  getService: 4,
  newServer: 5,
  setServer: 6,
  deleteServer: 7,
  getServer: 8,
  newDaemon: 9,
  deleteDaemon: 10,
  getDaemon: 11,
  setConfig: 12,
  getConfig: 13,
  getInfo: 15,
  zero: 16,
  flush: 17,
} as const;

/** IPVS_CMD_ATTR_*: what stands in a message. */
export const Top = { service: 1, server: 2, daemon: 3, tcp: 4, tcpFin: 5, udp: 6 } as const;

/** IPVS_SVC_ATTR_* */
export const ServiceAttribute = {
  family: 1,
  protocol: 2,
  address: 3,
  port: 4,
  mark: 5,
  scheduler: 6,
  flags: 7,
  timeout: 8,
  netmask: 9,
  statistics: 10,
  engine: 11,
  statistics64: 12,
} as const;

/** IPVS_DEST_ATTR_* */
export const ServerAttribute = {
  address: 1,
  port: 2,
  method: 3,
  weight: 4,
  upperThreshold: 5,
  lowerThreshold: 6,
  active: 7,
  inactive: 8,
  persistent: 9,
  statistics: 10,
  family: 11,
  statistics64: 12,
  tunnelType: 13,
  tunnelPort: 14,
  tunnelFlags: 15,
} as const;

/** IPVS_DAEMON_ATTR_* */
export const DaemonAttribute = {
  state: 1,
  multicastInterface: 2,
  syncId: 3,
  maxLength: 4,
  group: 5,
  group6: 6,
  port: 7,
  ttl: 8,
} as const;

/** IPVS_INFO_ATTR_*, at the level of {@link Top}. */
export const Info = { version: 1, tableSize: 2 } as const;
