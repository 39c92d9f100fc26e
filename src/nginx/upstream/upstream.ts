import type { BalanceModel, UpstreamModel, UpstreamServer } from "../../config/nginx/model/index.js";
import type { SharedMemory } from "../../proxy/index.js";
import { mostSlots, ownZones, type ZoneStore } from "../zones/zone-store.js";
import { addressOf, isNamed } from "./address.js";
import { Attempt, type AttemptSource } from "./attempt.js";
import { type Clock, sharedNow } from "./clock.js";
import { consistentHash } from "./consistent-hash.js";
import { type Group, makeGroup } from "./group.js";
import { hash } from "./hash.js";
import { KeptHealth } from "./health/kept-health.js";
import { ipHash } from "./ip-hash.js";
import { KeepalivePool } from "./keepalive-pool.js";
import { leastConn } from "./least-conn.js";
import { type Lookup, systemLookup } from "./lookup.js";
import { Name } from "./names.js";
import { connectionsAt, Peer, STATE_WORDS } from "./peer.js";
import { type Random, randomPeer, randomTwo } from "./random.js";
import { type Choose, roundRobin } from "./round-robin.js";
import { type Changed, type Refusal, withChange, withoutServer, withServer } from "./servers.js";
import { writeState } from "./state-file.js";
import { stickTo } from "./sticky/stick.js";
import {
  type FoundAddress,
  firstTable,
  serverOf,
  type Table,
  type TableServer,
  withAddresses,
} from "./table.js";
import { layoutOf } from "./upstream-layout.js";
import { UpstreamMemory } from "./upstream-memory.js";

export interface UpstreamSurroundings {
  readonly memory: SharedMemory;
  /** "http" or "stream": upstreams of both may have the same name. */
  readonly role: string;
  /** Of servers that are written without a port. */
  readonly defaultPort: number;
  readonly lookup?: Lookup;
  readonly random?: Random;
  readonly clock?: Clock;
  /** Where an upstream with a `zone` has its state; by default it is this process's own. */
  readonly zoneStore?: ZoneStore;
  /** Changes of servers couldn't be written down. */
  readonly onStateFailed?: (sentence: string) => void;
  /** How long after a failure a name that is resolved while running is asked for again. */
  readonly retryMs?: number;
  /** A name doesn't resolve: its server waits as if it were down, or with `resolve` has the addresses that it had. */
  readonly onUnresolved?: (name: string, why: string, again: boolean) => void;
}

/** What algorithms choose by: the client's address (ip_hash), and the value of `hash`'s key, one character a byte. */
export interface ChooseBy {
  readonly clientAddress?: string;
  readonly key?: string;
  /** The id of the server to which the client is to come back. */
  readonly serverId?: string;
}

/** The servers of an upstream block, or of an address in proxy_pass, while they run. One for each thread; their state is one for all threads. */
export class Upstream {
  readonly name: string;
  readonly model: UpstreamModel;
  /** Idle connections of this thread; undefined: without `keepalive` none is kept. */
  readonly pool: KeepalivePool | undefined;
  /** Names have been resolved once, or couldn't be. Requests before that see their servers as down. */
  readonly ready: Promise<void>;
  readonly #surroundings: UpstreamSurroundings;
  readonly #memory: UpstreamMemory;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #scale: number;
  readonly #names: readonly Name[];
  readonly #onChange: (() => void)[] = [];
  #isClosed = false;
  #checks = 0;
  /** Bits of the health checks that a new peer has to pass first. */
  #mandatory = 0;
  /** Of those, bits of checks for which it counts that it was healthy before. */
  #persistent = 0;
  #kept: KeptHealth | undefined;
  #group: Group;
  #generation: number;

  constructor(model: UpstreamModel, surroundings: UpstreamSurroundings) {
    const { role, random = Math.random, clock = sharedNow } = surroundings;
    this.name = model.name;
    this.model = model;
    this.#surroundings = surroundings;
    this.#clock = clock;
    this.#random = random;
    // Where servers can be changed one may be told to start slowly later.
    const slowly = model.zone !== undefined || model.servers.some(({ slowStartMs }) => slowStartMs > 0);
    this.#scale = slowly ? 100 : 1;
    this.pool = model.keepalive === undefined ? undefined : new KeepalivePool(model.keepalive);
    this.#memory = memoryOf(model, `upstream ${role} ${model.name}`, surroundings);
    this.#memory.hold(() => {
      if (!this.#memory.begin()) return;
      for (const peer of [...this.#makePeers(false), ...this.#makePeers(true)])
        if (peer.hasAddress) peer.reset();
    });
    this.#generation = this.#memory.generation;
    this.#group = this.#memory.hold(() => this.#makeGroup());
    this.#names = this.isFirst ? this.#resolve() : [];
    this.ready = this.isFirst
      ? Promise.all(this.#names.map(({ first }) => first)).then(() => this.#memory.noteResolved())
      : this.#memory.resolved(() => this.#isClosed);
  }

  /** Begins a request's (or session's) choice of a peer. */
  begin(by: ChooseBy = {}): Attempt {
    const group = this.#current();
    const source: AttemptSource = {
      group,
      choose: sticking(this.model.balance, by, group, this.#random),
      clock: this.#clock,
      hold: (work) => this.#memory.hold(work),
    };
    return new Attempt(source);
  }

  /** All peers, backups last: for who shows them. */
  get peers(): readonly Peer[] {
    const { peers, backup } = this.#current();
    return [...peers, ...(backup?.peers ?? [])];
  }

  /** Whether this thread is the one that asks for all: resolves names, checks servers. */
  get isFirst(): boolean {
    const { memory, zoneStore } = this.#surroundings;
    return this.model.zone !== undefined && zoneStore !== undefined ? zoneStore.isFirst : memory.worker === 0;
  }

  /**
   * Tells of a health check; all threads do, in one order. Gives its bit in `unhealthyBy` and `uncheckedBy` of peers.
   * @param mandatory no peer serves before it has passed; `persistent`: unless it was healthy before a reload
   */
  addCheck({ mandatory, persistent }: { readonly mandatory: boolean; readonly persistent: boolean }): number {
    const bit = 1 << this.#checks++;
    const { zoneStore = ownZones(), role } = this.#surroundings;
    if (persistent) this.#kept ??= KeptHealth.of(`${role} ${this.name}`, zoneStore);
    if (mandatory) this.#mandatory |= bit;
    if (persistent) this.#persistent |= bit;
    const { peers } = this;
    this.hold(() => {
      if (this.#memory.beginCheck(bit) && mandatory)
        for (const peer of peers) if (peer.hasAddress) peer.uncheckedBy |= bit & this.#uncheckedAtFirst(peer);
    });
    return bit;
  }

  /** Bits of the checks that a peer has to pass first. */
  #uncheckedAtFirst({ name }: Peer): number {
    return this.#kept?.wasHealthy(name) ? this.#mandatory & ~this.#persistent : this.#mandatory;
  }

  /** What checks think of a peer has changed. */
  keepHealth({ name, healthy }: Peer): void {
    this.#kept?.note(name, healthy);
  }

  /** Runs something while no other thread changes peers. It is short. */
  hold<T>(work: () => T): T {
    return this.#memory.hold(work);
  }

  /** Calls when this thread has changed which peers there are. */
  onChange(changed: () => void): void {
    this.#onChange.push(changed);
  }

  /** The time by which servers start slowly: tenths of a second. */
  get tenths(): number {
    return Math.floor(this.#clock() / 100);
  }

  /** Another number where there are other peers. */
  get generation(): number {
    return this.#memory.generation;
  }

  close(): void {
    this.#isClosed = true;
    for (const name of this.#names) name.close();
    this.pool?.close();
  }

  #current(): Group {
    const { generation } = this.#memory;
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#group = this.#memory.hold(() => this.#makeGroup());
    }
    return this.#group;
  }

  #makeGroup(): Group {
    return makeGroup(this.#makePeers(false), this.#makePeers(true));
  }

  /** The lock is held. */
  #makePeers(backup: boolean): Peer[] {
    return this.#memory.table.servers.flatMap((each) =>
      each.peers.length === 0 ? this.#unresolved(each, backup) : this.#resolved(each, backup),
    );
  }

  /** A name without an address waits as if it were down; one that is resolved while running isn't there. */
  #unresolved({ server, id }: TableServer, backup: boolean): Peer[] {
    if (server.resolve || server.backup !== backup) return [];
    return [new Peer(id, server, undefined, noState, 0, 0, this.#scale)];
  }

  #resolved(server: TableServer, backup: boolean): Peer[] {
    return server.peers.flatMap((peer) => {
      const said = serverOf(server, peer);
      if (said.backup !== backup) return [];
      const where = addressOf(said, this.#surroundings.defaultPort, peer.found?.address);
      const { words } = this.#memory;
      const base = this.#memory.base(peer.place);
      return new Peer(peer.id, said, where, words, base, this.#memory.ownConns(peer.place), this.#scale);
    });
  }

  #resolve(): Name[] {
    const { lookup = systemLookup, onUnresolved = () => {}, retryMs } = this.#surroundings;
    return this.model.servers.flatMap((server, id) => {
      if (!isNamed(server)) return [];
      const handler = {
        onAddresses: (addresses: readonly FoundAddress[]) => this.#setAddresses(id, addresses),
        onFailed: (name: string, why: string) => onUnresolved(name, why, server.resolve),
      };
      return new Name(server, lookup, handler, retryMs);
    });
  }

  /** Which servers there are now, with their numbers. */
  get servers(): readonly TableServer[] {
    return this.#memory.hold(() => this.#memory.table.servers);
  }

  /** Adds a server for all workers; the upstream has a `zone`. */
  addServer(server: UpstreamServer): TableServer | Refusal {
    return this.#change((table, free) => withServer(table, server, free), true);
  }

  /** Changes what is said of a server; what is known of it stays. */
  changeServer(id: number, change: Partial<UpstreamServer>): TableServer | Refusal {
    return this.#change((table) => withChange(table, id, change), false);
  }

  /** Removes a server; requests that are under way there go on. */
  removeServer(id: number): TableServer | Refusal {
    return this.#change((table) => withoutServer(table, id), false);
  }

  /** Counts begin anew. */
  resetCounts(): void {
    const { peers } = this;
    this.hold(() => {
      for (const peer of peers) peer.counts.reset(Date.now());
    });
  }

  #change(
    make: (table: Table, free: readonly number[]) => Changed | Refusal,
    begins: boolean,
  ): TableServer | Refusal {
    const { words } = this.#memory;
    const done = this.#memory.hold((): TableServer | Refusal => {
      const { table } = this.#memory;
      const inUse = (base: number) => connectionsAt(words, base) > 0;
      const made = make(table, this.#memory.free(table, inUse));
      if (typeof made === "string") return made;
      if (!this.#memory.setTable(made.table)) return "full";
      const own = new Set(made.server.peers.map(({ place }) => this.#memory.base(place)));
      for (const peer of [...this.#makePeers(false), ...this.#makePeers(true)]) {
        if (!own.has(peer.base)) continue;
        if (begins) {
          peer.reset();
          peer.uncheckedBy = this.#uncheckedAtFirst(peer);
        }
        peer.effectiveWeight = peer.fullWeight;
      }
      return made.server;
    });
    if (typeof done === "string") return done;
    for (const tell of this.#onChange) tell();
    this.#writeState();
    return done;
  }

  /** Again where another worker has changed something meanwhile: the last one to write has seen all. */
  #writeState(): void {
    const { stateFile } = this.model;
    if (stateFile === undefined) return;
    try {
      for (let written: number | undefined; written !== this.generation; ) {
        written = this.generation;
        writeState(
          stateFile,
          this.servers.map(({ server }) => server),
        );
      }
    } catch (error) {
      this.#surroundings.onStateFailed?.(`writing "${stateFile}" failed (${(error as Error).message})`);
    }
  }

  #setAddresses(id: number, addresses: readonly FoundAddress[]): void {
    const { words } = this.#memory;
    const changed = this.#memory.hold(() => {
      const { table } = this.#memory;
      const inUse = (base: number) => connectionsAt(words, base) > 0;
      const made = withAddresses(table, id, addresses, this.#memory.free(table, inUse));
      if (made === undefined || !this.#memory.setTable(made.table)) return false;
      const begun = new Set(made.begun.map((place) => this.#memory.base(place)));
      for (const peer of [...this.#makePeers(false), ...this.#makePeers(true)]) {
        if (!begun.has(peer.base)) continue;
        peer.reset();
        peer.uncheckedBy = this.#uncheckedAtFirst(peer);
      }
      return true;
    });
    if (changed) for (const tell of this.#onChange) tell();
  }
}

/** Of peers that have no place. */
const noState = new Int32Array(STATE_WORDS);

/** With `zone` it is for all workers, and no reload keeps it (ngx_http_upstream_zone says noreuse). */
function memoryOf(
  model: UpstreamModel,
  id: string,
  { memory, zoneStore }: UpstreamSurroundings,
): UpstreamMemory {
  if (model.zone === undefined || zoneStore === undefined) {
    const layout = layoutOf(model, 0);
    return new UpstreamMemory(layout, memory.bytes(id, layout.bytes), firstTable(model));
  }
  const layout = layoutOf(model, mostSlots);
  return zoneStore.take(
    { id, name: model.zone.name, bytes: layout.bytes, isKept: false },
    (shared) => new UpstreamMemory(layout, shared, firstTable(model), zoneStore.slot),
  );
}

function sticking(balance: BalanceModel, by: ChooseBy, group: Group, random: Random): Choose {
  const choose = chooser(balance, by, group, random);
  if (by.serverId === undefined) return choose;
  return stickTo(by.serverId, choose, balance.kind === "round_robin");
}

function chooser(balance: BalanceModel, by: ChooseBy, group: Group, random: Random): Choose {
  switch (balance.kind) {
    case "round_robin":
      return roundRobin;
    case "least_conn":
      return leastConn;
    case "ip_hash":
      return ipHash(by.clientAddress ?? "");
    case "hash":
      return balance.consistent ? consistentHash(by.key ?? "", group) : hash(by.key ?? "");
    case "random":
      return balance.two ? randomTwo(random) : randomPeer(random);
  }
}
