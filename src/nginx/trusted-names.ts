import { isIP } from "node:net";
import { systemLookup } from "./upstream/index.js";

/** Whether it is an address or a network; what else set_real_ip_from names is a host. */
export const isNetwork = (text: string): boolean => isIP(text.split("/")[0] as string) !== 0;

/** The addresses of a host that set_real_ip_from names, by the system. Until they are there it is believed by nobody. */
export function resolveTrusted(
  name: string,
  found: (address: string) => void,
  failed: (sentence: string) => void,
): void {
  systemLookup(name).then(
    ({ addresses }) => {
      for (const { address } of addresses) found(address);
    },
    (error: Error) => failed(`host not found in set_real_ip_from "${name}" (${error.message})`),
  );
}
