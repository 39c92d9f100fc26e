import type { ServerRun } from "../run/index.js";
import type { Item, Requester, Resolution } from "./resolution.js";
import type { ResolverSection } from "./section.js";
import type { ServerName } from "./server-name.js";

/** A server that an SRV record may fill, and its own look-up of the target's name. */
interface Place {
  readonly server: ServerRun;
  readonly name: ServerName;
  item: Item | undefined;
}

/**
 * An SRV record and the servers of one back end that it fills (server-template, or several servers of the same name): each record of an
 * answer is one server's host, port and weight (resolv_check_response). Servers for which there is no record are in maintenance.
 */
export class SrvRecord implements Requester {
  readonly record: string;
  readonly #section: ResolverSection;
  readonly #places: Place[] = [];
  readonly #now: () => number;

  constructor(record: string, section: ResolverSection, now: () => number) {
    this.record = record;
    this.#section = section;
    this.#now = now;
  }

  add(server: ServerRun, name: ServerName): void {
    this.#places.push({ server, name, item: undefined });
  }

  start(): void {
    this.#section.link(this, this.record, "SRV");
  }

  onAnswer(resolution: Resolution): void {
    for (const place of this.#places)
      if (place.item !== undefined && !resolution.items.includes(place.item)) this.#empty(place);
    for (const item of resolution.items) {
      const place = this.#placeOf(item);
      if (place !== undefined) this.#fill(place, item);
    }
  }

  onFailure(resolution: Resolution): boolean {
    if (resolution.isHeld(this.#section.settings, this.#now())) return true;
    for (const place of this.#places) if (place.item !== undefined) this.#empty(place);
    return false;
  }

  /** The one that has the record; else one whose name and port are those (of a state file); else the first that is free. */
  #placeOf(item: Item): Place | undefined {
    const { record } = item;
    if (record.type !== "SRV") return undefined;
    const free = this.#places.filter((place) => place.item === undefined);
    return (
      this.#places.find((place) => place.item === item) ??
      free.find(({ server }) => server.fqdn === record.target && server.address?.port === record.port) ??
      free[0]
    );
  }

  #fill(place: Place, item: Item): void {
    const { server, name } = place;
    const { naming } = server;
    const { record } = item;
    if (naming === undefined || record.type !== "SRV") return;
    const isNew = place.item !== item;
    place.item = item;
    if (isNew || server.fqdn !== record.target) naming.setTarget(record.target, record.port);
    if (item.additional !== undefined) {
      name.follow(undefined);
      if (server.address?.host !== item.additional.address)
        naming.setAddress(item.additional.address, "DNS additional record");
    } else name.follow(record.target);
    if (server.address !== undefined && naming.inMaintenance) naming.leaveMaintenance(undefined);
    if (!server.section.resolveOpts.includes("ignore-weight")) {
      const weight = Math.floor((item.weight + 255) / 256);
      if (server.weight !== weight) server.setWeight(String(weight));
    }
  }

  #empty(place: Place): void {
    const { server, name } = place;
    place.item = undefined;
    name.follow(undefined);
    const { naming } = server;
    if (naming === undefined) return;
    if (!naming.inMaintenance) naming.enterMaintenance("entry removed from SRV record");
    naming.setAddress(undefined, "");
    naming.setTarget(undefined, 0);
  }
}
