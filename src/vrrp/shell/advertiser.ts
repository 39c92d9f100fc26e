import type { Log } from "../../errors.js";
import { SystemError } from "../../sys/index.js";
import { isUnicast } from "../check.js";
import { advertisementPackets } from "../packets.js";
import type { VrrpAction } from "../types.js";
import type { Interfaces } from "./interfaces.js";
import { packetDevice } from "./packet-device.js";
import type { VrrpSockets } from "./sockets.js";
import type { Vmacs } from "./vmacs.js";

/** Sends advertisements; one that can't be sent is told once, until one can. */
export class Advertiser {
  readonly #options: { sockets: VrrpSockets; vmacs: Vmacs; interfaces: Interfaces; log: Log };
  /** IPv4's, of each instance. */
  readonly #identifications = new Map<string, number>();
  /** The last failure of each instance. */
  readonly #unsent = new Map<string, string>();

  constructor(options: { sockets: VrrpSockets; vmacs: Vmacs; interfaces: Interfaces; log: Log }) {
    this.#options = options;
  }

  send(action: Extract<VrrpAction, { kind: "advertise" }>): void {
    const { settings, instance } = action;
    const device = packetDevice(settings, this.#options);
    const unicast = isUnicast(settings);
    const ttl = unicast ? (settings.unicastTtl ?? 255) : 255;
    for (const packet of advertisementPackets(action)) {
      const identification = ((this.#identifications.get(instance) ?? 0) % 0xffff) + 1;
      this.#identifications.set(instance, identification);
      try {
        this.#options.sockets.send({ ...packet, ...(device && { device }), ttl, identification });
        this.#unsent.delete(instance);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        const { priority } = action.advertisement;
        if (priority === 0 || this.#unsent.get(instance) === error.errnoName) continue;
        this.#unsent.set(instance, error.errnoName);
        this.#options.log.info(
          unicast
            ? `(${instance}) Cant send advert to ${packet.destination} (${error.message})`
            : `(${instance}): send advert error ${error.errno} (${error.message})`,
        );
      }
    }
  }
}
