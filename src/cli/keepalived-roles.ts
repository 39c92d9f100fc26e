import { checkerRole, type MakeRole, type RoleName, vrrpRole } from "../daemon/index.js";
import { RondoError } from "../errors.js";

/** What a worker of keepalived may become. */
export const roles: Readonly<Record<RoleName, MakeRole>> = {
  vrrp: vrrpRole,
  checker: checkerRole,
  bfd: () => {
    throw new RondoError("no-bfd", "bfd_instance: BFD is not there yet");
  },
};
