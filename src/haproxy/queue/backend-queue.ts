import { group, type LbServer } from "../balance/index.js";
import type { BackendState } from "../servers/backend-state.js";
import { field } from "../servers/layout.js";
import type { ServerState } from "../servers/server-state.js";
import { type Entries, entry, type Queue, verdict } from "./entries.js";

/** The queues of a back end: its own, and one of each server. All of it under the back end's lock. */
export class BackendQueue {
  readonly backend: BackendState;
  readonly own: Queue;
  readonly entries: Entries;
  #handed: Set<number> = new Set();

  constructor(backend: BackendState) {
    this.backend = backend;
    this.entries = backend.all.entries;
    this.own = {
      words: backend.words,
      length: group.queued,
      head: group.words,
      tail: group.words + 1,
      left: group.words + 2,
    };
  }

  of(server: ServerState): Queue {
    return {
      words: server.memory.words,
      length: field.queued,
      head: field.queueHead,
      tail: field.queueTail,
      left: field.left,
    };
  }

  /** Gives as many waiting streams places on a server as it has (process_srv_queue). */
  process(server: ServerState): number {
    const { backend, entries } = this;
    const queue = this.of(server);
    const reference = server.track ?? server;
    // Of the back end's queue a server takes from only if it is given work at all.
    const takesOwn =
      reference.usable &&
      (!server.backup || (backend.active === 0 && (backend.allBackups || firstBackupIs(backend, server))));
    let given = 0;
    while (server.served < server.limit) {
      const own = takesOwn ? entries.first(this.own) : 0;
      const servers = entries.first(queue);
      if (own === 0 && servers === 0) break;
      const fromServer = own === 0 || (servers !== 0 && entries.comesFirst(servers, own));
      this.#leave(fromServer ? queue : this.own, fromServer ? servers : own);
      this.#give(fromServer ? servers : own, server);
      given++;
    }
    if (given > 0) backend.algorithm.loaded(server);
    return given;
  }

  /** A server that came up takes streams of the back end's queue (pendconn_grab_from_px). */
  grab(server: ServerState): number {
    const { backend, entries } = this;
    if (!server.usable) return 0;
    if (server.backup && (backend.active > 0 || (!backend.allBackups && !firstBackupIs(backend, server))))
      return 0;
    const limit = server.limit;
    let given = 0;
    for (;;) {
      const index = entries.first(this.own);
      if (index === 0 || (server.maxconn > 0 && server.served >= limit)) break;
      this.#leave(this.own, index);
      this.#give(index, server);
      given++;
    }
    if (given > 0) backend.algorithm.loaded(server);
    return given;
  }

  /** Streams that wait for a server that is going look for another (pendconn_redistribute); those with force-persist stay. */
  redistribute(server: ServerState): number {
    const { entries } = this;
    const queue = this.of(server);
    let moved = 0;
    for (let index = entries.first(queue); index > 0; ) {
      const next = entries.after(index);
      // A negative slot: it waits here by force.
      if (entries.get(index, entry.server) > 0) {
        entries.remove(queue, index);
        entries.set(index, entry.server, 0);
        this.#decide(index, verdict.again);
        moved++;
      }
      index = next;
    }
    return moved;
  }

  #leave(queue: Queue, index: number): void {
    this.entries.remove(queue, index);
    const { words } = queue;
    words[queue.left] = ((words[queue.left] as number) + 1) | 0;
  }

  #give(index: number, server: ServerState): void {
    server.counters.atMost("sessionsMax", server.sessions.add(1));
    this.backend.words[group.served] = (this.backend.words[group.served] as number) + 1;
    this.entries.set(index, entry.server, server.slot + 1);
    this.#decide(index, verdict.given);
  }

  #decide(index: number, what: number): void {
    const { entries } = this;
    entries.set(index, entry.verdict, what);
    entries.hand(index);
    this.#handed.add(entries.get(index, entry.worker));
  }

  /** Wakes the threads whose streams something was decided of; after the lock was released. */
  wake(): void {
    const handed = this.#handed;
    if (handed.size === 0) return;
    this.#handed = new Set();
    const { all } = this.backend;
    for (const worker of handed)
      if (worker === all.worker) all.settle();
      else all.wakeups.wake(worker);
  }
}

function firstBackupIs(backend: BackendState, server: LbServer): boolean {
  return backend.words[group.firstBackup] === server.slot + 1;
}
