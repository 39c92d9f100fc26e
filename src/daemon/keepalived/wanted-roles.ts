import type { KeepalivedConfig } from "../../config/keepalived/model/index.js";
import type { RoleName } from "./role.js";

/** What the command line says about parts: -P, -C, -B, --all. */
export interface RoleChoice {
  readonly vrrp: boolean;
  readonly checker: boolean;
  readonly bfd: boolean;
  /** Parts without any configuration, too. */
  readonly all: boolean;
}

/** The parts that are to run. */
export function wantedRoles(config: KeepalivedConfig, choice: RoleChoice): RoleName[] {
  const configured: Record<RoleName, boolean> = {
    vrrp:
      config.instances.length +
        config.staticAddresses.length +
        config.staticRoutes.length +
        config.staticRules.length >
      0,
    checker: config.virtualServers.length > 0,
    bfd: config.bfdInstances.length > 0,
  };
  // Checks that ask a BFD session and interfaces first: who tells stands before who hears.
  return (["bfd", "checker", "vrrp"] as const).filter(
    (role) => choice.all || (choice[role] && configured[role]),
  );
}
