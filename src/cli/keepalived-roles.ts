import type { MakeRole, RoleName } from "../daemon/keepalived/index.js";
// Not from the folder above: the supervisor has no need of what workers do.
import { bfdRole, checkerRole, vrrpRole } from "../daemon/keepalived/roles/index.js";

export { handoverTime } from "../daemon/keepalived/roles/index.js";

/** What a worker of keepalived may become. */
export const roles: Readonly<Record<RoleName, MakeRole>> = {
  vrrp: vrrpRole,
  checker: checkerRole,
  bfd: bfdRole,
};
