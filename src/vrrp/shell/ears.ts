import type { GlobalDefs, VrrpInstance } from "../../config/keepalived/model/index.js";
import { isUnicast } from "../check.js";
import type { VrrpFacts } from "../facts.js";
import { sourceOf } from "../priority.js";
import { receiveBufferOf } from "../role-config.js";
import { groupAddress } from "../router-config.js";
import type { Interfaces } from "./interfaces.js";
import type { HeldAddress } from "./locations.js";
import type { OverheardPlace } from "./overheard.js";
import { packetDevice } from "./packet-device.js";
import { type Ear, keyOf } from "./sockets.js";
import type { Vmacs } from "./vmacs.js";

interface Surroundings {
  readonly global: GlobalDefs;
  readonly facts: VrrpFacts;
  readonly interfaces: Interfaces;
  readonly vmacs: Vmacs;
}

/** Where instances are to hear advertisements. Those that share a socket have its queue together. */
export function earsOf(instances: readonly VrrpInstance[], around: Surroundings): Ear[] {
  const ears = new Map<string, Ear>();
  for (const instance of instances) {
    const device = packetDevice(instance, around);
    const to = isUnicast(instance) ? sourceOf(instance, around.facts) : groupAddress(instance, around.global);
    if (!to || (!device && (instance.interface !== "" || !isUnicast(instance)))) continue;
    const mtu = around.interfaces.find(instance.interface)?.mtu ?? 1500;
    const buffer = receiveBufferOf(instance, around.global, mtu);
    const { interface: name, family } = instance;
    const ear: Ear = { interface: name, ...(device && { device }), family, to };
    const key = keyOf(ear);
    const together = (ears.get(key)?.buffer ?? 0) + (buffer ?? 0);
    ears.set(key, { ...ear, ...(together > 0 && { buffer: together }) });
  }
  return [...ears.values()];
}

/** Where somebody else would announce these addresses. */
export function placesOf(held: readonly HeldAddress[]): OverheardPlace[] {
  const places = new Map<string, OverheardPlace>();
  for (const { device, link, request } of held) {
    const { family } = request.address;
    places.set(`${link} ${family}`, { name: device, index: link, family });
  }
  return [...places.values()];
}
