import type { Server } from "../../config/haproxy/model/index.js";
import { CheckSchedule } from "../checks/schedule.js";
import { Entries, entry } from "../queue/entries.js";
import type { Search } from "../queue/seek.js";
import type { ProxyRun } from "../run/index.js";
import { BackendState } from "./backend-state.js";
import { addServer, hearOfServers, removeServer } from "./dynamic-servers.js";
import { emailAlert } from "./email-alert.js";
import { fullconnOf } from "./fullconn.js";
import { field } from "./layout.js";
import { MailQueue } from "./mail-queue.js";
import { ServerState } from "./server-state.js";
import { shutdownOwn } from "./shutdown.js";
import { startWarmUp } from "./slow-start.js";
import { loadStates } from "./state-file.js";
import { StateLock } from "./state-lock.js";
import type { Surroundings } from "./surroundings.js";
import { connectTracks } from "./track.js";
import { propagate } from "./transitions.js";
import { Wakeups } from "./wakeups.js";
import { recalculate } from "./weight.js";

/**
 * All servers of a process as one thread sees them. The first thread makes it before the others are started (it writes the first states into
 * shared memory); checks and slow start run there, everything else in any thread.
 *
 * ```
 * const servers = new ServersRun(surroundings);
 * proxy.back = servers.addBackend(proxy);      for each proxy with a back end, in order
 * servers.complete();                          when all are there: track, weights, first cursors
 * servers.start();                             checks (first thread), messages of other threads
 * ```
 */
export class ServersRun {
  readonly surroundings: Surroundings;
  readonly worker: number;
  /** The lock of states: of all servers together, as one may follow another of any back end. */
  readonly lock: StateLock;
  readonly entries: Entries;
  readonly wakeups: Wakeups;
  readonly backends: BackendState[] = [];
  /** Streams of this thread that wait, by their entry. */
  readonly waiting = new Map<number, Search>();
  readonly checks: CheckSchedule;
  readonly mail: MailQueue;
  readonly #heeded = new Map<ServerState, { shutDown: number; closeIdle: number }>();
  #stopped = false;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
    const { memory } = surroundings;
    this.worker = memory.worker;
    this.lock = new StateLock(memory, "servers");
    this.entries = new Entries(memory);
    this.wakeups = new Wakeups(memory, "servers");
    this.checks = new CheckSchedule(this);
    this.mail = new MailQueue(surroundings);
  }

  addBackend(proxy: ProxyRun): BackendState {
    const backend = new BackendState(proxy, this, fullconnOf(proxy.section, this.surroundings.config));
    for (const section of proxy.section.servers)
      backend.enter(new ServerState(backend, section, this, false));
    this.backends.push(backend);
    return backend;
  }

  /** When all back ends are there. */
  complete(): void {
    connectTracks(this);
    if (this.worker === 0) {
      for (const backend of this.backends) {
        for (const server of backend.servers) {
          recalculate(server);
          server.memory.set(field.eweight, server.memory.get(field.nextEweight));
        }
        backend.recount();
        backend.algorithm.start();
      }
      loadStates(this);
      for (const server of this.all()) if (server.track === undefined) propagate(server);
    }
    for (const server of this.all()) this.watch(server);
  }

  /** `add server`: gives what forbids it, or the server. */
  addServer(backend: BackendState, section: Server): ServerState | string {
    return addServer(backend, section);
  }

  /** `del server`: gives what forbids it. */
  removeServer(server: ServerState): string | undefined {
    return removeServer(server);
  }

  start(): void {
    hearOfServers(this);
    this.wakeups.listen(() => this.#woken());
    if (this.worker === 0) this.checks.start();
  }

  stop(): void {
    this.#stopped = true;
    this.wakeups.stop();
    this.checks.stop();
    this.mail.stop();
  }

  *all(): IterableIterator<ServerState> {
    for (const backend of this.backends) yield* backend.servers;
  }

  /** From now on what other threads ask about this server is done. */
  watch(server: ServerState): void {
    this.#heeded.set(server, {
      shutDown: server.memory.get(field.shutDown),
      closeIdle: server.memory.get(field.closeIdle),
    });
  }

  forget(server: ServerState): void {
    this.#heeded.delete(server);
  }

  /** Does what was asked of all threads (shutdown of streams, closing of idle connections). */
  heed(): void {
    for (const [server, seen] of this.#heeded) {
      const shutDown = server.memory.get(field.shutDown);
      const closeIdle = server.memory.get(field.closeIdle);
      if (shutDown !== seen.shutDown) {
        seen.shutDown = shutDown;
        shutdownOwn(server);
      }
      if (closeIdle !== seen.closeIdle) {
        seen.closeIdle = closeIdle;
        server.connections.closeIdle?.();
      }
    }
  }

  /** Tells streams of this thread what queues have decided of them. */
  settle(): void {
    const { entries } = this;
    for (const index of entries.decided(this.worker)) {
      const search = this.waiting.get(index);
      this.waiting.delete(index);
      search?.decide(index, entries.get(index, entry.verdict), entries.get(index, entry.server) - 1);
    }
  }

  closeIdle(server: ServerState): void {
    server.memory.add(field.closeIdle, 1);
    this.lock.afterwards(() => {
      this.heed();
      this.wakeups.wakeAll();
    });
  }

  /** Slow start begins: its steps are the first thread's. */
  warmUp(server: ServerState): void {
    if (this.worker === 0) startWarmUp(server);
    else {
      server.memory.set(field.warmUp, 1);
      this.lock.afterwards(() => this.wakeups.wake(0));
    }
  }

  /** Its next check is to come sooner (fastinter). */
  hurry(server: ServerState): void {
    if (this.worker === 0) this.checks.hurry(server);
    else {
      server.memory.set(field.hurry, 1);
      this.wakeups.wake(0);
    }
  }

  email(server: ServerState, level: number, line: string): void {
    this.lock.afterwards(() => emailAlert(server, level, line));
  }

  #woken(): void {
    if (this.#stopped) return;
    this.settle();
    this.heed();
    if (this.worker !== 0) return;
    for (const server of this.all()) {
      const { words } = server.memory;
      if (Atomics.exchange(words, field.warmUp, 0) !== 0) startWarmUp(server);
      if (Atomics.exchange(words, field.hurry, 0) !== 0) this.checks.hurry(server);
    }
  }
}
