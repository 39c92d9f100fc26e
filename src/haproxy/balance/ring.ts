import { type Algorithm, SCALE } from "./algorithm.js";
import { avalanche } from "./hashes.js";
import { candidates, group, hasRoom, type LbBackend, type LbServer, totalWeight, word } from "./lb-server.js";

/** Where a server stands on the ring: as many times as its effective weight. */
interface Node {
  readonly key: number;
  readonly server: LbServer;
}

/**
 * The ring of `hash-type consistent` and `balance random` (lb_chash.c): each server stands on it at hashes of its id; a key belongs to the
 * server that is nearest. With `hash-balance-factor` a server that has more than its share is passed over.
 */
export class Ring implements Algorithm {
  readonly dynamic = true;
  readonly scale = SCALE;
  readonly divisor = 1;
  readonly queueMeansFull = false;
  readonly hashes: boolean;
  readonly #backend: LbBackend;
  readonly #balanceFactor: number;
  /** 0: keys are hashed; else how many servers are drawn, of which the least loaded is taken. */
  readonly #draws: number;
  readonly #random: () => number;
  #generation = -1;
  #active: Node[] = [];
  #backups: Node[] = [];

  constructor(
    backend: LbBackend,
    settings: { balanceFactor: number; draws?: number; random?: () => number },
  ) {
    this.#backend = backend;
    this.#balanceFactor = settings.balanceFactor;
    this.#draws = settings.draws ?? 0;
    this.#random = settings.random ?? (() => Math.floor(Math.random() * 0x100000000));
    this.hashes = this.#draws === 0;
  }

  start(): void {}
  changed(): void {}
  loaded(): void {}

  pick(hash: number | undefined, avoid: LbServer | undefined): LbServer | undefined {
    this.#refresh();
    if (this.#draws > 0) return this.#draw(avoid);
    return hash === undefined ? this.#next(avoid) : this.#nearest(hash, avoid);
  }

  #draw(avoid: LbServer | undefined): LbServer | undefined {
    let best: LbServer | undefined;
    for (let draw = 0; draw < this.#draws; draw++) {
      const other = this.#nearest(this.#random(), avoid);
      if (other === undefined) return undefined;
      if (best === undefined || best === other || other.served * best.eweight <= best.served * other.eweight)
        best = other;
    }
    if (best === undefined) return undefined;
    const full = best.queued > 0 || (best.maxconn > 0 && best.served >= best.limit);
    return full ? undefined : best;
  }

  #nearest(hash: number, avoid: LbServer | undefined): LbServer | undefined {
    const from = candidates(this.#backend);
    if (from === undefined) return undefined;
    if ("only" in from) return from.only;
    const nodes = from.backup ? this.#backups : this.#active;
    if (nodes.length === 0) return undefined;
    let at = firstNotBelow(nodes, hash);
    if (at === nodes.length) at = 0;
    const before = (at + nodes.length - 1) % nodes.length;
    const toBefore = (hash - (nodes[before] as Node).key) >>> 0;
    const toNext = ((nodes[at] as Node).key - hash) >>> 0;
    if (toBefore <= toNext) at = before;
    let server = (nodes[at] as Node).server;
    let turns = 0;
    while (server === avoid || !this.#eligible(server)) {
      at++;
      if (at === nodes.length) {
        at = 0;
        if (++turns > 1) break;
      }
      server = (nodes[at] as Node).server;
    }
    return server;
  }

  /** Consistent hashing with bounded loads (arXiv:1608.01350), for unequal weights. */
  #eligible(server: LbServer): boolean {
    if (this.#balanceFactor === 0) return true;
    const weight = totalWeight(this.#backend);
    const slots = Math.floor(
      ((word(this.#backend.words, group.served) + 1) * this.#balanceFactor + 99) / 100,
    );
    const remainder = slots % weight;
    const before = this.#weightBefore(server);
    const own =
      server.eweight * Math.floor(slots / weight) +
      Math.floor(((before + server.eweight) * remainder) / weight) -
      Math.floor((before * remainder) / weight);
    return server.served < Math.max(1, own);
  }

  #weightBefore(server: LbServer): number {
    let weight = 0;
    for (const each of this.#backend.servers) {
      if (each === server) break;
      if (each.usable && each.backup === server.backup) weight += each.eweight;
    }
    return weight;
  }

  /** Where there is no key: the next one on the ring. */
  #next(avoid: LbServer | undefined): LbServer | undefined {
    const from = candidates(this.#backend);
    if (from === undefined) return undefined;
    if ("only" in from) return from.only;
    const nodes = from.backup ? this.#backups : this.#active;
    if (nodes.length === 0) return undefined;
    const words = this.#backend.words;
    // The cursor is a node's key and how many of the same key stand before it: the rings of all threads are the same. If its server has
    // left, the one after it counts as the last one used.
    const ordinal = word(words, group.own + 1);
    let at =
      ordinal === 0 ? 0 : (firstNotBelow(nodes, word(words, group.own) >>> 0) + ordinal) % nodes.length;
    let avoided: number | undefined;
    for (let tried = 0; tried < nodes.length; tried++) {
      const server = (nodes[at] as Node).server;
      if (hasRoom(server)) {
        if (server !== avoid) {
          this.#remember(nodes, at);
          return server;
        }
        avoided = at;
      }
      at = (at + 1) % nodes.length;
    }
    words[group.own + 1] = 0;
    if (avoided === undefined) return undefined;
    this.#remember(nodes, avoided);
    return (nodes[avoided] as Node).server;
  }

  #remember(nodes: readonly Node[], at: number): void {
    const words = this.#backend.words;
    const key = (nodes[at] as Node).key;
    words[group.own] = key | 0;
    words[group.own + 1] = at - firstNotBelow(nodes, key) + 1;
  }

  #refresh(): void {
    const generation = word(this.#backend.words, group.generation);
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#active = nodesOf(this.#backend, false);
    this.#backups = nodesOf(this.#backend, true);
  }
}

function nodesOf(backend: LbBackend, backup: boolean): Node[] {
  const nodes: Node[] = [];
  for (const server of backend.servers)
    if (server.usable && server.backup === backup)
      for (let node = 0; node < server.eweight; node++)
        nodes.push({ key: avalanche(server.id * 256 * SCALE + node), server });
  return nodes.sort((one, other) => one.key - other.key);
}

function firstNotBelow(nodes: readonly Node[], key: number): number {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((nodes[middle] as Node).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
