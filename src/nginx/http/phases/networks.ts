import { type BlockList, isIPv6 } from "node:net";

export const familyOf = (address: string): "ipv4" | "ipv6" => (isIPv6(address) ? "ipv6" : "ipv4");

/** Adds an address or a CIDR. */
export function fillBlockList(list: BlockList, network: string): void {
  const [address = "", bits] = network.split("/");
  const family = familyOf(address);
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}
