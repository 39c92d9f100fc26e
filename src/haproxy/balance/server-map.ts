import type { Algorithm } from "./algorithm.js";
import {
  group,
  hasRoom,
  type LbBackend,
  type LbServer,
  totalWeight,
  usedServers,
  word,
} from "./lb-server.js";

/**
 * A map with as many places as the sum of weights, on which servers are spread evenly (lb_map.c): `balance static-rr` walks over it,
 * hashes with `hash-type map-based` point into it. Weights are divided by what divides them all. Each thread makes its own map when the servers have
 * changed; the cursor is shared.
 */
export class ServerMap implements Algorithm {
  readonly dynamic = false;
  readonly scale = 1;
  readonly divisor: number;
  readonly queueMeansFull: boolean;
  readonly hashes: boolean;
  readonly #backend: LbBackend;
  #map: LbServer[] = [];
  #generation = -1;

  constructor(backend: LbBackend, weights: readonly number[], hashes: boolean) {
    this.#backend = backend;
    this.hashes = hashes;
    this.queueMeansFull = !hashes;
    this.divisor = weights.filter((weight) => weight > 0).reduce(greatestCommonDivisor, 0) || 1;
  }

  start(): void {}
  changed(): void {}
  loaded(): void {}

  pick(hash: number | undefined, avoid: LbServer | undefined): LbServer | undefined {
    const map = this.#current();
    if (map.length === 0) return undefined;
    // A hash names one server whatever its load: it waits there.
    if (hash !== undefined) return map[hash % map.length];
    return this.#next(map, avoid);
  }

  #next(map: readonly LbServer[], avoid: LbServer | undefined): LbServer | undefined {
    const words = this.#backend.words;
    let start = word(words, group.own);
    if (start < 0 || start >= map.length) start = 0;
    words[group.own] = start;
    let at = start;
    let avoided: LbServer | undefined;
    let avoidedAt = 0;
    do {
      const each = map[at++] as LbServer;
      if (hasRoom(each)) {
        avoided = each;
        avoidedAt = at;
        if (each !== avoid) break;
      }
      if (at === map.length) at = 0;
    } while (at !== start);
    if (avoided !== undefined) words[group.own] = avoidedAt;
    return avoided;
  }

  #current(): readonly LbServer[] {
    const generation = word(this.#backend.words, group.generation);
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#map = makeMap(this.#backend);
    }
    return this.#map;
  }
}

function makeMap(backend: LbBackend): LbServer[] {
  const total = usedServers(backend) === 0 ? 0 : totalWeight(backend);
  const backup = word(backend.words, group.active) === 0;
  const servers = backend.servers.filter((each) => each.usable && each.backup === backup);
  if (total === 1) return servers.slice(0, 1);
  const scores = servers.map(() => 0);
  const map: LbServer[] = [];
  for (let place = 0; place < total; place++) {
    let best = -1;
    let most = 0;
    servers.forEach((each, at) => {
      const score = (scores[at] as number) + each.eweight;
      scores[at] = score;
      const times = Math.trunc((score + total) / total);
      if (best < 0 || times > most) {
        most = times;
        best = at;
      }
    });
    scores[best] = (scores[best] as number) - total;
    map.push(servers[best] as LbServer);
  }
  return map;
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
