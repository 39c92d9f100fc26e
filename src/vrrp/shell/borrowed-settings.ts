import type { Log } from "../../errors.js";
import type { Interfaces } from "./interfaces.js";
import type { Place } from "./place.js";

/** What an interface under vmacs had before, to be given back. */
interface Parent {
  readonly settings: ReadonlyMap<string, string>;
  users: number;
}

/** Settings as they were before us: of each interface under vmacs, and rp_filter of all. */
export interface SavedSettings {
  readonly parents: readonly (readonly [string, readonly (readonly [string, string])[]])[];
  readonly filters: readonly (readonly [string, string])[];
}

/** What keepalived sets, so that a host with a vmac beside its interface answers ARP for each by the right one. */
const parentSettings = { arp_ignore: 1, arp_filter: 1 };

/** Settings of the host that vmacs need otherwise, and that are given back when the last one has gone. */
export class BorrowedSettings {
  readonly #place: Place;
  readonly #interfaces: Interfaces;
  readonly #log: Log;
  readonly #parents = new Map<string, Parent>();
  readonly #adopted = new Map<string, Map<string, string>>();
  /** rp_filter as it was, of "all", "default" and of each link that was given the value of "all". */
  #filters: Map<string, string> | undefined;

  constructor(options: { place: Place; interfaces: Interfaces; log: Log }) {
    this.#place = options.place;
    this.#interfaces = options.interfaces;
    this.#log = options.log;
  }

  /** What is to be given back at the end, for a process that takes over. */
  get saved(): SavedSettings {
    return {
      parents: [...this.#parents].map(([name, { settings }]) => [name, [...settings]]),
      filters: [...(this.#filters ?? [])],
    };
  }

  /** What the process before this one has changed. */
  adopt({ parents, filters }: SavedSettings): void {
    for (const [name, settings] of parents) this.#adopted.set(name, new Map(settings));
    if (filters.length > 0) this.#filters = new Map(filters);
  }

  /** A vmac is put on an interface. */
  useParent(name: string): void {
    const before = this.#parents.get(name);
    if (before) {
      before.users++;
      return;
    }
    const settings = new Map(this.#adopted.get(name));
    for (const [setting, value] of Object.entries(parentSettings)) {
      const old = this.#place.readSetting(4, name, setting);
      if (old === undefined || old === String(value)) continue;
      settings.set(setting, old);
      this.#place.writeSetting(4, name, setting, value);
    }
    this.#parents.set(name, { settings, users: 1 });
  }

  /** And taken from it; with the last one its settings come back. */
  leaveParent(name: string): void {
    const parent = this.#parents.get(name);
    if (!parent || --parent.users > 0) return;
    for (const [setting, value] of parent.settings) this.#place.writeSetting(4, name, setting, value);
    this.#parents.delete(name);
    if (this.#parents.size === 0) this.#restoreReversePathFilter();
  }

  /**
   * A vmac needs rp_filter 0, and the larger of its own and that of "all" counts: so "all" becomes 0, and every link (and
   * "default") keeps what it had in effect.
   */
  clearReversePathFilter(): void {
    const all = this.#place.readSetting(4, "all", "rp_filter");
    if (this.#filters || all === undefined || all === "0") return;
    this.#filters = new Map([["all", all]]);
    for (const name of ["default", ...this.#interfaces.names]) {
      const own = this.#place.readSetting(4, name, "rp_filter");
      if (own === undefined || Number(own) >= Number(all)) continue;
      this.#filters.set(name, own);
      this.#place.writeSetting(4, name, "rp_filter", all);
    }
    this.#log.info(`NOTICE: setting sysctl net.ipv4.conf.all.rp_filter from ${all} to 0`);
    this.#place.writeSetting(4, "all", "rp_filter", 0);
  }

  #restoreReversePathFilter(): void {
    if (!this.#filters) return;
    const all = this.#filters.get("all");
    for (const [name, value] of this.#filters) {
      const now = this.#place.readSetting(4, name, "rp_filter");
      if (now === (name === "all" ? "0" : all)) this.#place.writeSetting(4, name, "rp_filter", value);
    }
    this.#filters = undefined;
  }
}
