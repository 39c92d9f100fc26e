import type { HeldAddress } from "./locations.js";
import type { Place } from "./place.js";

/** promote_secondaries: on while somebody wants it, on interfaces that didn't have it. */
export class Promotion {
  readonly #place: Place;
  /** Interfaces that have it by us, with how many want it. */
  readonly #users = new Map<string, number>();

  constructor(place: Place) {
    this.#place = place;
  }

  begin(addresses: readonly HeldAddress[]): void {
    for (const device of devicesOf(addresses)) {
      const users = this.#users.get(device);
      if (users === undefined) {
        if (this.#place.readSetting(4, device, "promote_secondaries") !== "0") continue;
        this.#place.writeSetting(4, device, "promote_secondaries", 1);
      }
      this.#users.set(device, (users ?? 0) + 1);
    }
  }

  end(addresses: readonly HeldAddress[]): void {
    for (const device of devicesOf(addresses)) {
      const users = this.#users.get(device);
      if (users === undefined) continue;
      if (users > 1) {
        this.#users.set(device, users - 1);
        continue;
      }
      this.#users.delete(device);
      this.#place.writeSetting(4, device, "promote_secondaries", 0);
    }
  }
}

const devicesOf = (addresses: readonly HeldAddress[]): Set<string> =>
  new Set(addresses.map(({ device }) => device));
