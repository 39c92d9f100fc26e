import type { ClientConnection } from "../../proxy/index.js";
import type { ServerConnections, ServerRun } from "../run/index.js";

/**
 * A server's connections that wait for work. They are kept by a key of what makes them differ (name for SNI, source address, PROXY
 * protocol head, address). `safe` ones have carried more than one request: the server is known to keep connections.
 * Those that carry several requests at once (HTTP/2) can be found while they are in use.
 */
export class ServerPool {
  readonly counts: ServerConnections;
  readonly #server: ServerRun;
  readonly #idle = new Map<string, ClientConnection[]>();
  readonly #safe = new Map<string, ClientConnection[]>();
  readonly #shared = new Map<string, ClientConnection[]>();
  readonly #after: (ms: number, work: () => void) => () => void;
  #purging = false;
  /** The most that were in use at once since the last purge. */
  #busiest = 0;
  /** So many are likely to be needed at once: the most that were in use lately. */
  #needed = 0;

  constructor(server: ServerRun, after: (ms: number, work: () => void) => () => void) {
    this.#server = server;
    this.#after = after;
    this.counts = server.connections ?? { idle: 0, safe: 0, used: 0, closeIdle: undefined };
    this.counts.closeIdle = () => this.close();
  }

  /** One that others may have used before: `first` is the client's first request, which is less safe to repeat. */
  take(
    key: string,
    mode: "never" | "safe" | "aggressive" | "always",
    first: boolean,
  ): ClientConnection | undefined {
    if (mode === "never") return undefined;
    const shared = this.#shared.get(key)?.find((each) => each.available && !each.destroyed);
    if (shared !== undefined) return shared;
    if (this.counts.idle === 0) return undefined;
    if (!first) return this.#pop(this.#idle, key) ?? this.#pop(this.#safe, key);
    if (mode === "safe") return undefined;
    return this.#pop(this.#safe, key) ?? (mode === "always" ? this.#pop(this.#idle, key) : undefined);
  }

  #pop(from: Map<string, ClientConnection[]>, key: string): ClientConnection | undefined {
    const list = from.get(key);
    if (list === undefined) return undefined;
    for (let connection = list.pop(); connection !== undefined; connection = list.pop()) {
      this.counts.idle--;
      if (from === this.#safe) this.counts.safe--;
      if (!connection.destroyed && connection.available) {
        connection.onClosed = ignore;
        return connection;
      }
    }
    return undefined;
  }

  /** Others may share it from now on. */
  share(key: string, connection: ClientConnection): void {
    const list = this.#shared.get(key);
    if (list === undefined) this.#shared.set(key, [connection]);
    else if (!list.includes(connection)) list.push(connection);
  }

  unshare(key: string, connection: ClientConnection): void {
    const list = this.#shared.get(key);
    const at = list?.indexOf(connection) ?? -1;
    if (at >= 0) list?.splice(at, 1);
  }

  /** A connection has nothing to do. false: there is no room for it, its owner closes it. */
  give(key: string, connection: ClientConnection): boolean {
    const { section } = this.#server;
    const { counts } = this;
    if (connection.destroyed || section.poolPurgeDelayMs === 0) return false;
    if (section.poolMaxConn >= 0 && counts.idle >= section.poolMaxConn) return false;
    if (section.maxReuse >= 0 && connection.served > section.maxReuse) return false;
    if (this.#server.operational === 0) return false;
    const safe = connection.served > 1;
    if (!this.#isWanted(safe)) return false;
    const into = safe ? this.#safe : this.#idle;
    const list = into.get(key);
    if (list === undefined) into.set(key, [connection]);
    else list.push(connection);
    counts.idle++;
    if (safe) counts.safe++;
    connection.onClosed = () => this.#forget(into, key, connection);
    this.#schedulePurge();
    return true;
  }

  /** As srv_add_to_idle_list: the first of its kind is kept, others only as far as they are likely to be needed. */
  #isWanted(safe: boolean): boolean {
    const { idle, safe: safeOnes } = this.counts;
    if (safeOnes === 0 && (safe || idle === 0)) return true;
    const used = this.counts.used + 1; // itself is counted no more
    return used + idle <= Math.max(used, this.#needed) + Math.max(0, this.#server.section.poolLowConn);
  }

  used(more: 1 | -1): void {
    this.counts.used += more;
    if (this.counts.used > this.#busiest) this.#busiest = this.counts.used;
    if (this.counts.used > this.#needed) this.#needed = this.counts.used;
  }

  #forget(from: Map<string, ClientConnection[]>, key: string, connection: ClientConnection): void {
    const list = from.get(key);
    const at = list?.indexOf(connection) ?? -1;
    if (list === undefined || at < 0) return;
    list.splice(at, 1);
    this.counts.idle--;
    if (from === this.#safe) this.counts.safe--;
  }

  /** From time to time half of those that weren't needed are closed. */
  #schedulePurge(): void {
    if (this.#purging) return;
    this.#purging = true;
    this.#after(this.#server.section.poolPurgeDelayMs, () => {
      this.#purging = false;
      const wanted = Math.max(this.#busiest, this.#needed);
      this.#needed = Math.max(this.#busiest, (this.#needed + this.#busiest) >> 1);
      const needed = Math.max(this.#server.section.poolLowConn, wanted - this.counts.used);
      this.#busiest = this.counts.used;
      this.#closeSome(Math.ceil((this.counts.idle - needed) / 2));
      if (this.counts.idle > 0) this.#schedulePurge();
    });
  }

  #closeSome(count: number): void {
    let left = count;
    for (const from of [this.#idle, this.#safe])
      for (const list of from.values())
        while (left > 0) {
          const connection = list.shift();
          if (connection === undefined) break;
          this.counts.idle--;
          if (from === this.#safe) this.counts.safe--;
          connection.onClosed = ignore;
          connection.close();
          left--;
        }
  }

  close(): void {
    this.#closeSome(this.counts.idle);
  }
}

function ignore(): void {}
