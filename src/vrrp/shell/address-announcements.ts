import type { VrrpInstance } from "../../config/keepalived/model/index.js";
import { type IpAddress, MacAddress } from "../../wire/index.js";
import type { Announcement, Announcer } from "./announcer.js";
import type { Estate } from "./estate.js";
import type { Interfaces } from "./interfaces.js";
import type { HeldAddress } from "./locations.js";
import { packetDevice } from "./packet-device.js";
import type { Place } from "./place.js";
import type { Vmacs } from "./vmacs.js";

/** How long a sysctl that was read counts, as keepalived has it. */
const forwardingAge = 5000;

interface Options {
  readonly place: Place;
  readonly interfaces: Interfaces;
  readonly vmacs: Vmacs;
  readonly estate: Estate;
  readonly announcer: Announcer;
}

/** Which addresses are announced, where, and with which Ethernet address. */
export class AddressAnnouncements {
  readonly #options: Options;
  readonly #forwarding = new Map<string, { readonly on: boolean; readonly at: number }>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** All that an instance holds, so many times. */
  all(settings: VrrpInstance, rounds: number): void {
    this.#announce(settings, this.#options.estate.held(settings.name), rounds);
  }

  /** One address of each vmac that sends no advertisements, so that switches don't forget it. */
  ofOtherVmacs(settings: VrrpInstance): void {
    const { vmacs, estate } = this.#options;
    const all = settings.garpExtraInterface?.all ?? false;
    const own = settings.vmacXmitBase ? undefined : vmacs.deviceOf(settings);
    const seen = new Set<string>();
    const held = estate.held(settings.name).filter(({ device }) => {
      if (seen.has(device) || device === own) return false;
      if (!all && !vmacs.isOurs(device)) return false;
      seen.add(device);
      return true;
    });
    this.#announce(settings, held, 1);
  }

  /** The host's own, that advertisements come from. */
  source(settings: VrrpInstance, source: IpAddress): void {
    const device = packetDevice(settings, this.#options);
    if (!device) return;
    const one = this.#announcement(settings.name, source, device.name, device.index);
    if (one) this.#options.announcer.announce([one], { arp: 0, advertisement: 0 });
  }

  #announce(settings: VrrpInstance, held: readonly HeldAddress[], rounds: number): void {
    const announcements = held.flatMap(({ device, link, request }) => {
      const one = this.#announcement(settings.name, request.address, device, link);
      return one ? [one] : [];
    });
    const { interval, naInterval } = settings.garp;
    for (let round = 0; round < rounds; round++)
      this.#options.announcer.announce(announcements, { arp: interval, advertisement: naInterval });
  }

  #announcement(
    instance: string,
    address: IpAddress,
    device: string,
    index: number,
  ): Announcement | undefined {
    const { interfaces, vmacs } = this.#options;
    const link = interfaces.byIndex(index);
    if (!link?.mac || link.mac.equals(MacAddress.zero)) return undefined; // lo and the like speak no ARP.
    const parent = vmacs.all.find((vmac) => vmac.device === device)?.parent;
    return {
      instance,
      address,
      device: index,
      deviceName: device,
      mac: link.mac,
      pacedBy: parent ?? device,
      router: address.family === 6 && this.#forwards(device),
    };
  }

  #forwards(device: string): boolean {
    const now = performance.now();
    const known = this.#forwarding.get(device);
    if (known && now - known.at < forwardingAge) return known.on;
    const on = this.#options.place.readSetting(6, device, "forwarding") === "1";
    this.#forwarding.set(device, { on, at: now });
    return on;
  }
}
