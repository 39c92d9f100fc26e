import type { AddressEntry, VrrpInstance } from "../../config/keepalived/model/index.js";
import type { Log } from "../../errors.js";
import type { NewAddress } from "../../netlink/index.js";
import { virtualAddresses } from "../virtual-addresses.js";
import { addressOf, lifetimeOf } from "./entries.js";
import { type Interfaces, ourProtocol } from "./interfaces.js";
import type { Vmacs } from "./vmacs.js";

/** An address that an instance has, and where. */
export interface HeldAddress {
  readonly entry: AddressEntry;
  readonly device: string;
  readonly link: number;
  readonly request: NewAddress;
}

interface Options {
  readonly interfaces: Interfaces;
  readonly vmacs: Vmacs;
  readonly log: Log;
}

/** On which device an instance's addresses are to be, and whether they are there. */
export class Locations {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Where each address belongs. An owner's own address, which somebody else configured, is left alone. */
  of(settings: VrrpInstance, tell = true): HeldAddress[] {
    const { interfaces, log } = this.#options;
    const lifetime = lifetimeOf(settings);
    return virtualAddresses(settings).flatMap((entry) => {
      const device = this.#deviceOf(settings, entry);
      const link = interfaces.find(device);
      if (!link) {
        if (tell) log.info(`Not adding address ${entry.address} to ${device} since interface doesn't exist`);
        return [];
      }
      const held = { entry, device, link: link.index, request: addressOf(entry, lifetime) };
      if (settings.priority === 255 && this.isThere(held, true)) return [];
      return [held];
    });
  }

  #deviceOf(settings: VrrpInstance, entry: AddressEntry): string {
    const { vmacs } = this.#options;
    const parent = entry.device ?? settings.interface;
    if (entry.useVmac !== undefined)
      return vmacs.deviceOf(settings, parent) ?? vmacs.deviceOf(settings) ?? parent;
    if (entry.device !== undefined) return entry.device;
    return vmacs.deviceOf(settings) ?? settings.interface;
  }

  /** Whether the kernel has it; `ofOthers`: by somebody else. */
  isThere({ link, request }: HeldAddress, ofOthers = false): boolean {
    return this.#options.interfaces
      .addressesOf(link)
      .some(
        (one) =>
          one.address.equals(request.address) &&
          one.prefixLength === request.prefixLength &&
          (!ofOthers || one.protocol !== ourProtocol),
      );
  }
}
