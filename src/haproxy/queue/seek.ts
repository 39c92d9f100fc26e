import { group, type LbServer, totalWeight } from "../balance/index.js";
import type { Seeking, SeekRequest, ServerSlot } from "../run/index.js";
import { state } from "../servers/admin.js";
import type { BackendState } from "../servers/backend-state.js";
import type { ServerState } from "../servers/server-state.js";
import { entry, verdict } from "./entries.js";

/**
 * Looks for a server of a back end for a stream (assign_server_and_queue): the wanted one if it can be used, else by balancing. A server
 * without a free place is waited for in its queue; where none has one, the stream waits in the back end's.
 */
export function seek(backend: BackendState, request: SeekRequest): Seeking {
  const search = new Search(backend, request);
  search.begin();
  return search;
}

type Assigned =
  | { readonly kind: "server"; readonly server: ServerState }
  | { readonly kind: "queued"; readonly index: number }
  | { readonly kind: "none" | "queue-full" };

export class Search implements Seeking {
  readonly backend: BackendState;
  readonly #request: SeekRequest;
  #wanted: ServerState | undefined;
  #index = 0;
  /** The server in whose queue it waits, if it isn't the back end's. */
  #queuedAt: ServerState | undefined;
  #ended = false;
  #stopTimer: (() => void) | undefined;

  constructor(backend: BackendState, request: SeekRequest) {
    this.backend = backend;
    this.#request = request;
    this.#wanted = request.wanted as ServerState | undefined;
  }

  begin(): void {
    if (this.#wanted !== undefined && !this.#mayUse(this.#wanted)) this.#wanted = undefined;
    let assigned = this.#tryAssign();
    // A wanted server whose queue is full is given up where option redispatch allows it.
    const { section } = this.backend.proxy;
    if (
      assigned.kind === "queue-full" &&
      this.#wanted !== undefined &&
      !this.#request.force &&
      section.redispatch !== undefined
    ) {
      this.#wanted = undefined;
      assigned = this.#tryAssign();
    }
    if (assigned.kind === "server") this.#end({ kind: "server", slot: new Slot(assigned.server) });
    else if (assigned.kind === "queued") this.#wait(assigned.index);
    else this.#end({ kind: assigned.kind });
  }

  /** The queue has decided. */
  decide(index: number, what: number, slot: number): void {
    this.#index = 0;
    this.#tellPlace(index);
    this.backend.all.entries.free(index);
    const server = this.backend.slot(slot);
    if (what === verdict.given && server !== undefined) {
      const place = new Slot(server);
      if (this.#ended) place.release();
      else this.#end({ kind: "server", slot: place });
      return;
    }
    if (this.#ended) return;
    this.#wanted = undefined;
    this.#stopTimer?.();
    this.begin();
  }

  cancel(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopTimer?.();
    this.#leaveQueue();
  }

  #mayUse(wanted: ServerState): boolean {
    const { force } = this.#request;
    return force || wanted.operational !== state.stopped || this.backend.proxy.section.options.persist;
  }

  #tryAssign(): Assigned {
    const { backend } = this;
    // Expressions are evaluated before the lock is taken.
    const hash = this.#wanted === undefined ? backend.key?.(this.#request.stream) : undefined;
    return backend.lock.hold(() => this.#assign(hash));
  }

  #assign(hash: number | undefined): Assigned {
    const { backend } = this;
    const { force, avoid } = this.#request;
    const wanted = this.#wanted;
    let server: ServerState | undefined;
    if (wanted !== undefined) server = wanted;
    else {
      if (totalWeight(backend) === 0 || backend.used === 0) return { kind: "none" };
      const waiting = backend.queued;
      const sessions = backend.sessions.value;
      // With some algorithms a queue means that all servers are full.
      if (!(backend.algorithm.queueMeansFull && waiting > 0 && waiting !== sessions))
        server = backend.algorithm.pick(hash, avoid as LbServer | undefined) as ServerState | undefined;
      if (server === undefined) return this.#enqueue(undefined, false);
      if (server !== avoid) {
        backend.counters.add("chosen");
        server.counters.add("chosen");
      }
    }
    if (server.maxconn > 0 && (server.queued > 0 || server.served >= server.limit)) {
      if (server.maxqueue > 0 && server.queued >= server.maxqueue) return { kind: "queue-full" };
      return this.#enqueue(server, force);
    }
    server.counters.atMost("sessionsMax", server.sessions.add(1));
    backend.words[group.served] = (backend.words[group.served] as number) + 1;
    backend.algorithm.loaded(server);
    return { kind: "server", server };
  }

  #enqueue(server: ServerState | undefined, force: boolean): Assigned {
    const { backend } = this;
    const { queue, all } = backend;
    const { entries } = queue;
    const index = entries.allocate();
    if (index === undefined) return { kind: "queue-full" };
    const { stream } = this.#request;
    entries.set(index, entry.priority, stream.priorityClass);
    entries.set(index, entry.time, (clock() + stream.priorityOffset) | 0);
    entries.set(index, entry.worker, all.worker);
    entries.set(index, entry.verdict, verdict.waiting);
    const slot = server === undefined ? 0 : server.slot + 1;
    entries.set(index, entry.server, force ? -slot : slot);
    const list = server === undefined ? queue.own : queue.of(server);
    entries.insert(list, index);
    const counters = server === undefined ? backend.counters : server.counters;
    counters.atMost("queueMax", list.words[list.length] as number);
    all.waiting.set(index, this);
    this.#queuedAt = server;
    return { kind: "queued", index };
  }

  #wait(index: number): void {
    this.#index = index;
    const { queueTimeoutMs } = this.#request;
    if (queueTimeoutMs > 0)
      this.#stopTimer = this.backend.surroundings.after(queueTimeoutMs, () => {
        if (this.#ended) return;
        if (this.#leaveQueue()) this.#end({ kind: "queue-timeout" });
      });
  }

  /** false: something was decided already, and will be told. */
  #leaveQueue(): boolean {
    const index = this.#index;
    if (index === 0) return false;
    const { backend } = this;
    const { entries, own } = backend.queue;
    const left = backend.lock.hold(() => {
      if (entries.get(index, entry.verdict) !== verdict.waiting) return false;
      const server = this.#queuedAt;
      entries.remove(server === undefined ? own : backend.queue.of(server), index);
      return true;
    });
    if (!left) return false;
    this.#tellPlace(index);
    backend.all.waiting.delete(index);
    entries.free(index);
    this.#index = 0;
    return true;
  }

  /** How many left its queue before it, and itself: what logs call its place in the queue. */
  #tellPlace(index: number): void {
    const { stream } = this.#request;
    const place = this.backend.all.entries.get(index, entry.came);
    if (this.#queuedAt === undefined) stream.backendQueue += place;
    else stream.serverQueue += place;
  }

  #end(result: Parameters<SeekRequest["done"]>[0]): void {
    this.#ended = true;
    this.#stopTimer?.();
    this.#request.done(result);
  }
}

class Slot implements ServerSlot {
  readonly server: ServerState;
  #released = false;

  constructor(server: ServerState) {
    this.server = server;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    const { server } = this;
    const { backend } = server;
    backend.lock.hold(() => {
      server.sessions.add(-1);
      backend.words[group.served] = (backend.words[group.served] as number) - 1;
      backend.algorithm.loaded(server);
      if (server.queued > 0 || backend.queued > 0) backend.queue.process(server);
    });
    backend.queue.wake();
  }
}

/** A clock that all threads share, milliseconds (CLOCK_MONOTONIC); it wraps in 32 bits. */
function clock(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + Math.floor(nanoseconds / 1_000_000);
}
