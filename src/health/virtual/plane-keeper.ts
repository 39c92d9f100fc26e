import type { DataPlane } from "../../ipvs/data-plane.js";
import { IpvsError } from "../../ipvs/errors.js";
import {
  endpointText,
  type ServerSpec,
  type ServiceId,
  type ServiceSpec,
  serviceIdText,
} from "../../ipvs/model.js";
import { sameServerSpec, sameServiceSpec } from "./same-spec.js";
import type { Wanted, WantedService } from "./wanted.js";

/** A service that we made or took over, with those of its servers that are ours. */
interface Held {
  readonly spec: ServiceSpec;
  readonly servers: Map<string, ServerSpec>;
}

/** Refusals of one attempt that are told one by one. */
const mostTold = 10;

/** What another process of ours held, as text: service → its servers. */
export type HeldNames = Readonly<Record<string, readonly string[]>>;

/** A data plane that may know whether it is still the one that packets see: another process may have made it anew. */
export type OpenPlane = DataPlane & { isCurrent?(): boolean };

export interface KeeperWorld {
  /** Opens the data plane; it may throw, and is called again when somebody has made it anew. It is closed again. */
  readonly plane: () => OpenPlane;
  readonly log: (line: string) => void;
}

/**
 * Has the data plane hold what is wanted, by the fewest changes: only what differs from what was last put there. What it refused stays
 * a difference, and is tried again. What others made is not touched: other services, other servers in ours, and weights that somebody
 * has set by hand, until that server's next change.
 */
export class PlaneKeeper {
  readonly #world: KeeperWorld;
  readonly #held = new Map<string, Held>();
  readonly #dirty = new Set<string>();
  #wanted: Wanted;
  #plane: OpenPlane | undefined;
  #problem: string | undefined;
  #refusals: ReadonlyMap<string, string> = new Map();

  constructor(world: KeeperWorld, wanted: Wanted) {
    this.#world = world;
    this.#wanted = wanted;
  }

  /** Why the data plane is not as it should be; undefined: it is, as far as we know. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** What is ours, for the next process. */
  held(): HeldNames {
    return Object.fromEntries([...this.#held].map(([key, { servers }]) => [key, [...servers.keys()]]));
  }

  /**
   * Takes what is there already over: services that are wanted, or that a process before us held, with those of their servers that are
   * in the file or were held. So a start after a crash changes nothing that needn't be. False if the data plane can't be read.
   */
  adopt(before: HeldNames = {}): boolean {
    return this.#use((plane) => {
      const wanted = new Set(this.#wanted.keys());
      for (const { servers, ...service } of plane.services({ statistics: false })) {
        const key = serviceIdText(service.id);
        if (!wanted.has(key) && !(key in before)) continue;
        const ours = this.#wanted.possible(key);
        for (const name of before[key] ?? []) ours.add(name);
        const held = servers.filter((server) => ours.has(endpointText(server)));
        this.#held.set(key, {
          spec: service,
          servers: new Map(held.map((server) => [endpointText(server), server])),
        });
        this.#dirty.add(key);
      }
    });
  }

  /** From now on this is wanted; what no longer is goes with the next {@link apply}. */
  want(wanted: Wanted): void {
    this.#wanted = wanted;
    for (const key of this.#held.keys()) this.#dirty.add(key);
    for (const key of wanted.keys()) this.#dirty.add(key);
  }

  /** These may have changed. */
  touch(services: Iterable<ServiceSpec>): void {
    for (const { id } of services) this.#dirty.add(serviceIdText(id));
  }

  /** Makes what differs so. False if something could not be done: it is to be tried again. */
  apply(): boolean {
    if (this.#dirty.size === 0) return true;
    let refused: string | undefined;
    const refusals = new Map<string, string>();
    let told = 0;
    const refuse = (what: string, error: unknown) => {
      if (!(error instanceof IpvsError)) throw error;
      refused ??= `${what}: ${error.message}`;
      // Told once, though it is tried again and again; and not thousands of times.
      if (this.#refusals.get(what) !== error.message && ++told <= mostTold)
        this.#world.log(`IPVS: ${what}: ${error.message}`);
      refusals.set(what, error.message);
    };
    const worked = this.#use((plane) =>
      plane.together(() => {
        for (const key of [...this.#dirty]) {
          const before = refused;
          refused = undefined;
          const wanted = this.#wanted.service(key);
          if (wanted) this.#make(plane, key, wanted, refuse);
          else this.#unmake(plane, key, refuse);
          if (refused === undefined) this.#dirty.delete(key);
          refused = before ?? refused;
        }
      }),
    );
    if (told > mostTold) this.#world.log(`IPVS: ${told - mostTold} more were refused`);
    this.#refusals = refusals;
    if (refused !== undefined) this.#problem = refused;
    return worked && refused === undefined;
  }

  /** Looks whether services of ours have gone; they are put back by the next {@link apply}. False if it can't be read. */
  verify(): boolean {
    if (this.#held.size === 0) return true;
    return this.#use((plane) => {
      const there = new Set(plane.services({ statistics: false }).map(({ id }) => serviceIdText(id)));
      for (const key of [...this.#held.keys()]) {
        if (there.has(key)) continue;
        this.#held.delete(key);
        this.#dirty.add(key);
        this.#world.log(`IPVS: service ${key} has been deleted by somebody else - putting it back`);
      }
    });
  }

  /** Deletes all services of ours; or, with `everything`, all there are. */
  clear(everything: boolean): void {
    this.#use((plane) =>
      plane.together(() => {
        if (everything) plane.flush();
        else
          for (const [key, { spec }] of this.#held)
            try {
              plane.deleteService(spec.id);
            } catch (error) {
              if (!(error instanceof IpvsError)) throw error;
              if (error.refusal !== "no-service") this.#world.log(`IPVS: ${key}: ${error.message}`);
            }
      }),
    );
    this.#held.clear();
    this.#dirty.clear();
  }

  /** Does something else with the data plane, as carefully. Whether it worked. */
  with(work: (plane: DataPlane) => void): boolean {
    return this.#use(work);
  }

  close(): void {
    const plane = this.#plane;
    this.#plane = undefined;
    try {
      plane?.close();
    } catch (error) {
      this.#world.log(`IPVS: ${(error as Error).message}`);
    }
  }

  #make(
    plane: DataPlane,
    key: string,
    wanted: WantedService,
    refuse: (what: string, error: unknown) => void,
  ): void {
    const held = this.#makeService(plane, key, wanted, refuse);
    if (!held) return;
    const { id } = wanted.spec;
    const attempt = (name: string, work: () => void) => {
      try {
        work();
      } catch (error) {
        refuse(`${key} -> ${name}`, error);
      }
    };
    // Who comes is there before others go.
    for (const [name, server] of wanted.servers) {
      const known = held.servers.get(name);
      if (known && sameServerSpec(known, server)) continue;
      attempt(name, () => {
        putServer(plane, id, server, known !== undefined);
        held.servers.set(name, server);
      });
    }
    for (const [name, server] of [...held.servers]) {
      if (wanted.servers.has(name)) continue;
      attempt(name, () => {
        unless("no-server", () => plane.deleteServer(id, server));
        held.servers.delete(name);
      });
    }
  }

  #makeService(
    plane: DataPlane,
    key: string,
    { spec }: WantedService,
    refuse: (what: string, error: unknown) => void,
  ): Held | undefined {
    const held = this.#held.get(key);
    if (held && sameServiceSpec(held.spec, spec)) return held;
    try {
      if (held) plane.editService(spec);
      else if (!unless("service-exists", () => plane.addService(spec))) plane.editService(spec);
    } catch (error) {
      refuse(key, error);
      // Gone meanwhile: made anew by the next attempt.
      if (error instanceof IpvsError && error.refusal === "no-service") this.#held.delete(key);
      return undefined;
    }
    const now = { spec, servers: held?.servers ?? new Map<string, ServerSpec>() };
    this.#held.set(key, now);
    return now;
  }

  #unmake(plane: DataPlane, key: string, refuse: (what: string, error: unknown) => void): void {
    const held = this.#held.get(key);
    if (!held) return;
    try {
      unless("no-service", () => plane.deleteService(held.spec.id));
      this.#held.delete(key);
    } catch (error) {
      refuse(key, error);
    }
  }

  #use(work: (plane: DataPlane) => void): boolean {
    try {
      if (this.#plane?.isCurrent?.() === false) this.close();
      this.#plane ??= this.#world.plane();
      work(this.#plane);
      if (this.#problem !== undefined && this.#dirty.size === 0) {
        this.#problem = undefined;
        this.#world.log("IPVS: works again");
      }
      return true;
    } catch (error) {
      const problem = (error as Error).message;
      if (problem !== this.#problem) this.#world.log(`IPVS: ${problem} - trying again`);
      this.#problem = problem;
      this.close();
      return false;
    }
  }
}

/** Adds or edits; what somebody else has done meanwhile makes the one the other. */
function putServer(plane: DataPlane, id: ServiceId, server: ServerSpec, known: boolean): void {
  if (known) {
    if (!unless("no-server", () => plane.editServer(id, server))) plane.addServer(id, server);
  } else if (!unless("server-exists", () => plane.addServer(id, server))) plane.editServer(id, server);
}

/** Does it; false if it is refused in this way. */
function unless(refusal: IpvsError["refusal"], work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof IpvsError && error.refusal === refusal) return false;
    throw error;
  }
}
