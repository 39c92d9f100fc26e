import { type Network, openNetwork } from "../../netlink/index.js";
import type { IpAddress } from "../../wire/address.js";

/** Milliseconds that an answer of the kernel holds: many changes at once ask about the same addresses. */
const answerPeriod = 1000;

/** What the director has to know of its host's network, asked of the kernel when it is first needed. */
export class HostNetwork {
  readonly network: Network = openNetwork();
  readonly #local = new Map<string, boolean>();
  readonly #kept = new Set<string>();
  #answersFrom = 0;

  /** Whether an address is the host's own. */
  isLocal(address: IpAddress): boolean {
    this.#forget();
    const name = address.toString();
    const known = this.#local.get(name);
    if (known !== undefined) return known;
    const found = this.network.routes.routeTo(address)?.local ?? false;
    this.#local.set(name, found);
    return found;
  }

  /** Whether it is a broadcast address of one of the host's networks. */
  isBroadcast(address: IpAddress): boolean {
    return this.network.routes.routeTo(address)?.type === "broadcast";
  }

  /**
   * Has the kernel find and keep the neighbour that a server is reached by, so that not even the first packet has to wait.
   * Where there is no way to it, or the kernel can't (before 5.16), the packets themselves will ask. An entry that somebody
   * made for good stays: to manage it would be to forget it.
   */
  keepNeighbour(server: IpAddress): void {
    this.#forget();
    const name = server.toString();
    if (this.#kept.has(name)) return;
    this.#kept.add(name);
    const way = this.network.routes.routeTo(server);
    if (!way || way.local || way.link === undefined) return;
    const neighbour = way.gateway ?? server;
    if (this.network.neighbours.find(way.link, neighbour)?.state === "permanent") return;
    this.network.neighbours.manage(way.link, neighbour);
  }

  #forget(): void {
    if (Date.now() - this.#answersFrom < answerPeriod) return;
    this.#answersFrom = Date.now();
    this.#local.clear();
    this.#kept.clear();
  }

  close(): void {
    this.network.close();
  }
}
