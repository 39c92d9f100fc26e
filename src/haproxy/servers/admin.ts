/** What a server does (srv_op_state of `show servers state`). */
export const state = { stopped: 0, starting: 1, running: 2, stopping: 3 } as const;

/** Why it is kept from work (srv_admin_state); `maint` and `drain` are masks. */
export const admin = {
  forcedMaint: 0x01,
  inheritedMaint: 0x02,
  configMaint: 0x04,
  forcedDrain: 0x08,
  inheritedDrain: 0x10,
  resolutionMaint: 0x20,
  hostnameMaint: 0x40,
  maint: 0x23,
  drain: 0x18,
} as const;
