import { endpointText, type ServerSpec, type ServiceSpec, serviceIdText } from "../../ipvs/model.js";
import { isPresent, realWeight } from "./machine.js";
import { serverSpec } from "./services.js";
import type { VirtualUnit } from "./units.js";

/** A service and its servers, by address and port, in the order in which they are to be added. */
export interface WantedService {
  readonly spec: ServiceSpec;
  readonly servers: Map<string, ServerSpec>;
}

/** No thresholds: sorry servers have none. */
const unlimited = { upperThreshold: 0, lowerThreshold: 0 };

/** What virtual servers want the data plane to hold. */
export class Wanted {
  /** Who uses a service: several may share one, by a group's marks. */
  readonly #users = new Map<string, { spec: ServiceSpec; users: VirtualUnit[] }>();

  constructor(virtuals: readonly VirtualUnit[]) {
    for (const virtual of virtuals)
      for (const spec of virtual.services) {
        const key = serviceIdText(spec.id);
        const known = this.#users.get(key);
        if (!known) this.#users.set(key, { spec, users: [virtual] });
        else if (!known.users.includes(virtual)) known.users.push(virtual);
      }
  }

  keys(): Iterable<string> {
    return this.#users.keys();
  }

  /** What one service should be now. */
  service(key: string): WantedService | undefined {
    const entry = this.#users.get(key);
    if (!entry) return undefined;
    const servers = new Map<string, ServerSpec>();
    for (const virtual of entry.users) addServers(virtual, entry.spec, servers);
    return { spec: entry.spec, servers };
  }

  /** All servers that may ever stand in a service, by address and port. */
  possible(key: string): Set<string> {
    const { spec, users } = this.#users.get(key) ?? { users: [] };
    const found = new Set<string>();
    if (!spec) return found;
    for (const { spec: virtual } of users)
      for (const server of [...virtual.servers, ...(virtual.sorryServer ? [virtual.sorryServer] : [])])
        found.add(endpointText(serverSpec(server, unlimited, 0, spec.id)));
    return found;
  }
}

function addServers(virtual: VirtualUnit, { id }: ServiceSpec, into: Map<string, ServerSpec>): void {
  const { sorryServer } = virtual.spec;
  const add = (spec: ServerSpec, instead = false) => {
    const key = endpointText(spec);
    if (instead || !into.has(key)) into.set(key, spec);
  };
  for (const server of virtual.servers) {
    if (!isPresent(server)) continue;
    const serves = server.alive && !virtual.sorryAlive;
    add(serverSpec(server.spec, server.spec, serves ? realWeight(server.weight) : 0, id));
  }
  if (!sorryServer || !(virtual.sorryAlive || sorryServer.inhibit)) return;
  // It may be one of the real servers: then it counts as the sorry server while it stands in.
  add(serverSpec(sorryServer, unlimited, virtual.sorryAlive ? 1 : 0, id), virtual.sorryAlive);
}
