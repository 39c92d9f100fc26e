import { existsSync } from "node:fs";
import { RondoError } from "../errors.js";

/** What each host of a lab has in its own /run, and the machine has not. */
export const hostMark = "/run/rondo-lab-host";

/** Whether this process has the files of a lab's host. On the switch, which is a network and no more, it has the machine's. */
export const isOnHost = (): boolean => existsSync(hostMark);

/**
 * On a host a lab's record can be read, but neither networks nor processes be found by it: all would be taken for gone.
 * @throws RondoError "on-lab-host"
 */
export function refuseOnHost(): void {
  if (!isOnHost()) return;
  throw new RondoError("on-lab-host", "this is a host of a lab, from which labs can't be seen or changed", {
    remedy: "Type it on the machine: leave this shell first.",
  });
}
