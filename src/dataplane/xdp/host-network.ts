import { type Network, openNetwork, type RouteAnswer } from "../../netlink/index.js";
import type { IpAddress } from "../../wire/address.js";

/** Milliseconds that an answer of the kernel holds: many changes at once ask about the same addresses. */
const answerPeriod = 1000;

/** What the director has to know of its host's network, asked of the kernel when it is first needed. */
export class HostNetwork {
  readonly network: Network = openNetwork();
  readonly #ways = new Map<string, RouteAnswer | undefined>();
  readonly #kept = new Set<string>();
  #waysFrom = 0;
  #keptFrom = 0;

  /** The way that the kernel knows to an address, as it was when it was last asked: not long ago, nor before {@link forget}. */
  wayTo(address: IpAddress): RouteAnswer | undefined {
    if (Date.now() - this.#waysFrom >= answerPeriod) this.forget();
    const name = address.toString();
    if (this.#ways.has(name)) return this.#ways.get(name);
    const way = this.network.routes.routeTo(address);
    this.#ways.set(name, way);
    return way;
  }

  /** Asks the kernel for all ways anew. */
  forget(): void {
    this.#waysFrom = Date.now();
    this.#ways.clear();
  }

  /** Whether an address is the host's own. */
  isLocal(address: IpAddress): boolean {
    return this.wayTo(address)?.local ?? false;
  }

  /** Whether it is a broadcast address of one of the host's networks. */
  isBroadcast(address: IpAddress): boolean {
    return this.wayTo(address)?.type === "broadcast";
  }

  /**
   * Has the kernel find and keep the neighbour that a server is reached by, so that not even the first packet has to wait.
   * Where there is no way to it, or the kernel can't (before 5.16), the packets themselves will ask. An entry that somebody
   * made for good stays: to manage it would be to forget it.
   */
  keepNeighbour(server: IpAddress): void {
    if (Date.now() - this.#keptFrom >= answerPeriod) {
      this.#keptFrom = Date.now();
      this.#kept.clear();
    }
    const name = server.toString();
    if (this.#kept.has(name)) return;
    this.#kept.add(name);
    const way = this.wayTo(server);
    if (!way || way.local || way.link === undefined) return;
    const neighbour = way.gateway ?? server;
    if (this.network.neighbours.find(way.link, neighbour)?.state === "permanent") return;
    this.network.neighbours.manage(way.link, neighbour);
  }

  close(): void {
    this.network.close();
  }
}
