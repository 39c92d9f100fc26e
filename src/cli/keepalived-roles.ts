import { bfdRole, checkerRole, type MakeRole, type RoleName, vrrpRole } from "../daemon/index.js";

/** What a worker of keepalived may become. */
export const roles: Readonly<Record<RoleName, MakeRole>> = {
  vrrp: vrrpRole,
  checker: checkerRole,
  bfd: bfdRole,
};
