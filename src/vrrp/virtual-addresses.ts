import type { AddressEntry, VrrpInstance } from "../config/keepalived/model/index.js";

/** All addresses of a master: those that advertisements tell, and the excluded ones. */
export const virtualAddresses = ({
  addresses,
  excludedAddresses,
}: Pick<VrrpInstance, "addresses" | "excludedAddresses">): AddressEntry[] => [
  ...addresses,
  ...excludedAddresses,
];
