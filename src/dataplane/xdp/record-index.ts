import { IpvsError } from "../../ipvs/errors.js";
import type { ServerId } from "../../ipvs/model.js";
import { Server, Service, Use } from "./layout.js";
import { capacity } from "./maps.js";
import { serviceNumbers } from "./mend.js";
import { padded } from "./records.js";
import type { DirectorState } from "./state.js";

const indexes = new WeakMap<DirectorState, RecordIndex>();
/** Service's address, port, protocol and family, which stand one behind the other, as a removed server remembers them. */
const identitySize = 20;
const field = {
  identity: Service.offsetOf("address"),
  use: Server.offsetOf("use"),
  service: Server.offsetOf("service"),
  address: Server.offsetOf("address"),
  port: Server.offsetOf("port"),
  family: Server.offsetOf("family"),
  serviceIdentity: Server.offsetOf("serviceAddress"),
} as const;

/**
 * Which records are in use, which are free, and what removed servers are remembered by: read once, up to the high-water
 * marks, and kept up to date with each change, as long as nobody else has changed something meanwhile. So a change costs the
 * same however many services and servers there are.
 */
export class RecordIndex {
  /** Services that there are. */
  readonly services: Set<number>;
  /** Removed servers by service, address and port, and by the service that they had. */
  readonly #removed = new Map<string, number>();
  readonly #removedOf = new Map<number, Set<number>>();
  readonly #freeServices: number[] = [];
  readonly #freeServers: number[] = [];
  readonly #state: DirectorState;
  readonly #serverBytes: Buffer;
  readonly #serviceBytes: Buffer;

  private constructor(state: DirectorState) {
    this.#state = state;
    this.#serverBytes = asBuffer(state.servers.memory);
    this.#serviceBytes = asBuffer(state.services.memory);
    this.services = serviceNumbers(state);
    const { servicesUsed, serversUsed } = state.settings;
    for (let index = servicesUsed - 1; index >= 0; index--)
      if (!this.services.has(index)) this.#freeServices.push(index);
    for (let slot = serversUsed - 1; slot >= 0; slot--) {
      const use = this.#serverBytes.readUInt32LE(slot * Server.size + field.use);
      if (use === Use.free) this.#freeServers.push(slot);
      if (use === Use.removed) this.serverRemoved(slot);
    }
  }

  /** What is known of a state's records. Only who holds the state's lock may ask. */
  static of(state: DirectorState): RecordIndex {
    const known = indexes.get(state);
    if (known && state.isUnchanged) return known;
    const made = new RecordIndex(state);
    indexes.set(state, made);
    state.isUnchanged = true;
    return made;
  }

  /** A record for a new service. @throws IpvsError "memory" */
  takeService(): number {
    const { settings } = this.#state;
    const free = this.#freeServices.pop();
    if (free !== undefined) return free;
    if (settings.servicesUsed >= capacity.services) throw new IpvsError("memory");
    return settings.servicesUsed++;
  }

  serviceAdded(index: number): void {
    this.services.add(index);
  }

  serviceGone(index: number): void {
    if (!this.services.delete(index)) return;
    this.#removedOf.delete(index);
    this.#freeServices.push(index);
  }

  /** A slot for a server that another one had; undefined if there is none. */
  takeFreeServer(): number | undefined {
    return this.#freeServers.pop();
  }

  /** A slot that was never used; undefined if there is none. */
  takeNewServer(): number | undefined {
    const { settings } = this.#state;
    return settings.serversUsed >= capacity.servers ? undefined : settings.serversUsed++;
  }

  /** A slot was removed, and may come back. */
  serverRemoved(slot: number): void {
    const at = slot * Server.size;
    this.#removed.set(this.#keyOfRemoved(slot), slot);
    const service = this.#serverBytes.readUInt32LE(at + field.service);
    const others = this.#removedOf.get(service);
    if (others) others.add(slot);
    else this.#removedOf.set(service, new Set([slot]));
  }

  /** A removed slot is in use again. */
  serverBack(slot: number): void {
    this.#removed.delete(this.#keyOfRemoved(slot));
    this.#removedOf.get(this.#serverBytes.readUInt32LE(slot * Server.size + field.service))?.delete(slot);
  }

  /** A removed slot is free. */
  serverFreed(slot: number): void {
    this.serverBack(slot);
    this.#freeServers.push(slot);
  }

  /** The removed servers that a service had. */
  removedOf(service: number): Iterable<number> {
    return this.#removedOf.get(service) ?? [];
  }

  /** All removed servers. */
  removed(): Iterable<number> {
    return this.#removed.values();
  }

  /** The removed server that had this address and port in this service, or in one of the same name before it. */
  returning(service: number, { address, port }: ServerId): number | undefined {
    const at = service * Service.size + field.identity;
    const identity = this.#serviceBytes.toString("latin1", at, at + identitySize);
    return this.#removed.get(
      keyOf(identity, asBuffer(padded(address)).toString("latin1"), port, address.family),
    );
  }

  #keyOfRemoved(slot: number): string {
    const at = slot * Server.size;
    const bytes = this.#serverBytes;
    const text = (from: number, size: number) => bytes.toString("latin1", at + from, at + from + size);
    const port = bytes.readUInt16BE(at + field.port);
    return keyOf(
      text(field.serviceIdentity, identitySize),
      text(field.address, 16),
      port,
      bytes[at + field.family]!,
    );
  }
}

const keyOf = (service: string, address: string, port: number, family: number) =>
  `${service}${address}${port} ${family}`;

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
