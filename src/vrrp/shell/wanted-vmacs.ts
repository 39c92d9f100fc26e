import type { VrrpInstance } from "../../config/keepalived/model/index.js";
import { MacAddress } from "../../wire/index.js";
import { virtualAddresses } from "../virtual-addresses.js";

/** A further device that an instance wants: its own vmac or ipvlan, or one that an address of it has. */
export interface WantedVmac {
  readonly instance: VrrpInstance;
  /** The interface under it. */
  readonly parent: string;
  /** "": one that we choose. */
  readonly name: string;
  readonly kind: "macvlan" | "ipvlan";
  readonly mac: MacAddress;
  /** Whether it is the one that advertisements may leave by. */
  readonly own: boolean;
}

/** 00-00-5E-00-01-VRID, with 02 for IPv6 (RFC 5798 7.3). */
function virtualMac(instance: VrrpInstance): MacAddress {
  if (instance.vmac?.mac) return MacAddress.fromBytes(instance.vmac.mac);
  const family = instance.family === 4 ? 1 : 2;
  return MacAddress.fromBytes(Uint8Array.of(0, 0, 0x5e, 0, family, instance.virtualRouterId));
}

/** The devices that an instance wants. */
export function wantedBy(instance: VrrpInstance): WantedVmac[] {
  const mac = virtualMac(instance);
  const wanted: WantedVmac[] = [];
  const { vmac, vmacForAddresses } = instance;
  if (vmac)
    wanted.push({
      instance,
      parent: instance.interface,
      name: vmac.name ?? "",
      kind: vmac.kind,
      mac,
      own: true,
    });
  for (const entry of virtualAddresses(instance)) {
    const parent = entry.device ?? instance.interface;
    const elsewhere = parent !== instance.interface;
    const useVmac = entry.useVmac ?? (vmacForAddresses && elsewhere ? "" : undefined);
    if (useVmac === undefined || (vmac && parent === instance.interface)) continue;
    if (wanted.some((one) => !one.own && one.parent === parent)) continue;
    wanted.push({ instance, parent, name: useVmac, kind: "macvlan", mac, own: false });
  }
  return wanted;
}

/** Other settings than these don't need another device. */
export function keyOf({ instance, parent, name, kind, mac, own }: WantedVmac): string {
  return [instance.name, parent, name, kind, mac, own].join(" ");
}
