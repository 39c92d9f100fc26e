import { type Algorithm, MAX_EWEIGHT, SCALE } from "./algorithm.js";
import { bestOf, group, type LbBackend, type LbServer, word } from "./lb-server.js";

const server = { key: 0, sequence: 1 } as const;

/**
 * `balance leastconn` (lb_fwlc.c): the server with the fewest connections and waiting ones for its weight. Of equal ones the one that
 * came to that load first is taken, so that idle servers are used in turn.
 */
export class LeastConnections implements Algorithm {
  readonly dynamic = true;
  readonly scale = SCALE;
  readonly divisor = 1;
  readonly queueMeansFull = false;
  readonly hashes = false;
  readonly #backend: LbBackend;

  constructor(backend: LbBackend) {
    this.#backend = backend;
  }

  start(): void {
    for (const each of this.#backend.servers) if (each.usable) this.#place(each);
  }

  changed(changed: LbServer): void {
    if (changed.usable) this.#place(changed);
  }

  loaded(server: LbServer): void {
    if (server.usable && key(server) !== word(server.lb, 0)) this.#place(server);
  }

  pick(_hash: number | undefined, avoid: LbServer | undefined): LbServer | undefined {
    return bestOf(this.#backend, avoid, queueHasRoom, before);
  }

  #place(each: LbServer): void {
    const words = this.#backend.words;
    const sequence = (word(words, group.sequence) + 1) & 0x7fffffff;
    words[group.sequence] = sequence;
    each.lb[server.key] = key(each);
    each.lb[server.sequence] = sequence;
  }
}

function key(server: LbServer): number {
  const load = server.served + server.queued;
  return load === 0 ? 0 : Math.floor(((load + 1) * MAX_EWEIGHT) / Math.max(1, server.eweight));
}

const queueHasRoom = (each: LbServer): boolean =>
  each.maxconn <= 0 || each.served + each.queued < each.limit + each.maxqueue;

function before(one: LbServer, other: LbServer): boolean {
  const difference = word(one.lb, server.key) - word(other.lb, server.key);
  if (difference !== 0) return difference < 0;
  return ((word(one.lb, server.sequence) - word(other.lb, server.sequence)) | 0) < 0;
}
