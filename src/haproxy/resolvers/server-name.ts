import type { ServerRun } from "../run/index.js";
import { chooseAddress } from "./choose-address.js";
import type { Item, Requester, Resolution, Source } from "./resolution.js";
import type { ResolverSection } from "./section.js";

/** Which server has which address of an answer, so that servers of one back end get different ones. */
export type Attachments = Map<Item, Set<ServerRun>>;

/** A server whose address is what its name resolves to (snr_resolution_cb and its kin in server.c). */
export class ServerName implements Requester {
  readonly #server: ServerRun;
  readonly #section: ResolverSection;
  readonly #attached: Attachments;
  readonly #now: () => number;
  #resolution: Resolution | undefined;
  #name: string | undefined;
  #item: Item | undefined;

  constructor(server: ServerRun, section: ResolverSection, attached: Attachments, now: () => number) {
    this.#server = server;
    this.#section = section;
    this.#attached = attached;
    this.#now = now;
  }

  /** Looks another name up from now on; undefined: none. */
  follow(name: string | undefined): void {
    if (name === this.#name) return;
    this.#name = name;
    if (this.#resolution !== undefined) this.#section.unlink(this.#resolution, this);
    this.#attach(undefined);
    const type = this.#server.section.resolvePrefer === 4 ? "A" : "AAAA";
    this.#resolution = name === undefined ? undefined : this.#section.link(this, name, type);
  }

  onAnswer(resolution: Resolution, by: Source | undefined): void {
    const { naming, section } = this.#server;
    if (naming === undefined) return;
    if (this.#item !== undefined && resolution.items.includes(this.#item)) {
      this.#works(true);
      return;
    }
    this.#attach(undefined);
    const current = this.#server.address?.host;
    const items = resolution.items.filter(({ record }) => record.type !== "SRV");
    const address = chooseAddress(
      items.map((item) => ({ address: addressOf(item), taken: this.#isTaken(item) })),
      {
        family: section.resolvePrefer,
        networks: section.resolveNet,
        duplicates: section.resolveOpts.includes("allow-dup-ip"),
      },
      current,
    );
    if (address === undefined) {
      if (!naming.inMaintenance) {
        naming.enterMaintenance("No IP for server ");
        naming.setAddress(undefined, "");
      }
      return;
    }
    this.#attach(items.find((item) => addressOf(item) === address));
    // The next server begins with another address.
    const [first] = resolution.items;
    if (first !== undefined) resolution.items = [...resolution.items.slice(1), first];
    if (address !== current) {
      by?.count("update");
      naming.setAddress(address, by?.path ?? "DNS cache");
    }
    this.#works(true);
  }

  onFailure(resolution: Resolution): boolean {
    const { naming } = this.#server;
    if (naming === undefined || naming.inMaintenance) return true;
    if (resolution.isHeld(this.#section.settings, this.#now())) return true;
    naming.enterMaintenance(causes[resolution.status] ?? "unspecified DNS error");
    naming.setAddress(undefined, "");
    this.#attach(undefined);
    return false;
  }

  #works(log: boolean): void {
    const { naming, proxy, name } = this.#server;
    if (!naming?.inMaintenance) return;
    const notice = `Server ${proxy.name}/${name} administratively READY thanks to valid DNS answer`;
    naming.leaveMaintenance(log ? notice : undefined);
  }

  #isTaken(item: Item): boolean {
    return [...(this.#attached.get(item) ?? [])].some(
      (other) => other !== this.#server && other.proxy === this.#server.proxy,
    );
  }

  #attach(item: Item | undefined): void {
    if (this.#item !== undefined) {
      const servers = this.#attached.get(this.#item);
      servers?.delete(this.#server);
      if (servers?.size === 0) this.#attached.delete(this.#item);
    }
    this.#item = item;
    if (item === undefined) return;
    const servers = this.#attached.get(item) ?? new Set();
    servers.add(this.#server);
    this.#attached.set(item, servers);
  }
}

const causes: Partial<Record<Resolution["status"], string>> = {
  nx: "DNS NX status",
  timeout: "DNS timeout status",
  refused: "DNS refused status",
};

function addressOf(item: Item): string {
  return item.record.type === "SRV" ? "" : item.record.address;
}
