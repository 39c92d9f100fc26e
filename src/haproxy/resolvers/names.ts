import type { ServerRun } from "../run/index.js";
import { firstAddress, type SystemLookup, systemLookup } from "./first-address.js";
import type { ResolverSection, ResolverWorld } from "./section.js";
import { type Attachments, ServerName } from "./server-name.js";
import { SrvRecord } from "./srv-record.js";

/** A name that the system didn't know at the start is looked up again: at first after this time, then ever later, at most so late. */
const retryMs = { first: 1000, most: 30_000 };

/**
 * Names of servers, in the first thread: their first addresses, then whatever their resolvers section says while it runs. A server
 * without `resolvers` whose name the system doesn't know at the start waits in maintenance, and is looked up until it is known.
 */
export class ServerNames {
  readonly #sections: ReadonlyMap<string, ResolverSection>;
  readonly #world: ResolverWorld;
  readonly #find: SystemLookup;
  readonly #warn: (text: string) => void;
  readonly #cancels = new Set<() => void>();
  #stopped = false;
  #first: Promise<readonly ServerRun[]> | undefined;

  constructor(
    sections: ReadonlyMap<string, ResolverSection>,
    world: ResolverWorld,
    warn: (text: string) => void,
    find: SystemLookup = systemLookup,
  ) {
    this.#sections = sections;
    this.#world = world;
    this.#warn = warn;
    this.#find = find;
  }

  /**
   * Gives all servers of a process that have names their first addresses, then keeps them up to date. The promise ends when the system has said
   * what it knows of each, so that who starts may wait for it (not for long: a name server that is away takes seconds).
   */
  async start(servers: Iterable<ServerRun>): Promise<void> {
    const named = await this.findFirst(servers);
    if (this.#stopped) return;
    const attached: Attachments = new Map();
    const records = new Map<string, SrvRecord>();
    for (const server of named) {
      const section = this.#sections.get(server.section.resolvers ?? "");
      const { naming } = server;
      if (section === undefined || naming === undefined) continue;
      const name = new ServerName(server, section, attached, () => this.#world.now());
      if (naming.record === undefined) {
        naming.onName = () => name.follow(server.fqdn);
        name.follow(server.fqdn);
        continue;
      }
      const key = `${server.proxy.name} ${naming.record}`;
      const record = records.get(key) ?? new SrvRecord(naming.record, section, () => this.#world.now());
      records.set(key, record);
      record.add(server, name);
    }
    for (const record of records.values()) record.start();
  }

  /** The first part of `start`, for who goes where the system's files aren't before he starts. */
  findFirst(servers: Iterable<ServerRun>): Promise<readonly ServerRun[]> {
    this.#first ??= (async () => {
      const named = [...servers].filter((server) => server.naming !== undefined);
      await Promise.all(named.map((server) => this.#begin(server)));
      return named;
    })();
    return this.#first;
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  async #begin(server: ServerRun): Promise<void> {
    const { result, warning } = await firstAddress(server, this.#find);
    if (this.#stopped) return;
    const { proxy, name, section } = server;
    if (warning !== undefined) this.#warn(`${proxy.name}/${name}: ${warning}`);
    if (result === "waits" && section.resolvers === undefined) this.#later(server, retryMs.first);
  }

  #later(server: ServerRun, ms: number): void {
    const cancel = this.#world.after(ms, async () => {
      this.#cancels.delete(cancel);
      const { naming } = server;
      if (this.#stopped || naming === undefined || !naming.inMaintenance) return;
      const { address } = server.section;
      try {
        const family = address.kind === "inet" ? address.family : undefined;
        const found = await this.#find(server.fqdn ?? "", family);
        if (this.#stopped || !naming.inMaintenance) return;
        naming.setAddress(found, "libc");
        naming.leaveMaintenance(undefined);
      } catch {
        this.#later(server, Math.min(2 * ms, retryMs.most));
      }
    });
    this.#cancels.add(cancel);
  }
}
