/*
 * What keeps a host from telling others that it has a VIP on lo (net/ipv4/arp.c). What is in force at a device is the larger
 * one of its own value and that of `all`.
 *
 *   arp_ignore    1, 2: answers for addresses of the device alone; 8: for none. 0: for all of the host's. 3 leaves out
 *                 addresses of scope host, which a VIP is not; 4 to 7 are reserved, and are as 0, as is what is above 8.
 *   arp_announce  2: asks with an address of the device. 0: with whatever the packet has; 1: with that, if it is of the
 *                 neighbour's network, as a VIP is. All above 2 are as 0.
 */
const quiet = { arp_ignore: [1, 2, 8], arp_announce: [2] } as const;
/** More than any that the kernel knows. */
const values = 9;

export type ArpSetting = keyof typeof quiet;

/** What a host is given that has none that does. */
export const quietest: Readonly<Record<ArpSetting, number>> = { arp_ignore: 1, arp_announce: 2 };

/** Whether a host keeps quiet at a device, by the values of `all` and of the device. */
export function keepsQuiet(setting: ArpSetting, all: number, own: number): boolean {
  const inForce = Math.max(all, own);
  return quiet[setting].some((value) => value === inForce);
}

/** The device's own values that do, with a value of `all`. */
export function quietValues(setting: ArpSetting, all: number): number[] {
  return Array.from({ length: values }, (_, own) => own).filter((own) => keepsQuiet(setting, all, own));
}
