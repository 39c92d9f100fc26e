import type { KeepaliveModel } from "../../config/nginx/model/index.js";
import type { ClientConnection } from "../../proxy/index.js";

interface Idle {
  readonly key: string;
  readonly timer: NodeJS.Timeout;
}

/**
 * Connections of one thread to the servers of an upstream that wait to be used again (ngx_http_upstream_keepalive_module): the one that became idle last
 * is taken first, and where there are too many the one that has waited longest goes. What makes two interchangeable is in their key: the peer's
 * address, and whatever else the caller tells apart.
 */
export class KeepalivePool {
  readonly #model: KeepaliveModel;
  /** In the order in which they became idle. */
  readonly #idle = new Map<ClientConnection, Idle>();
  readonly #byKey = new Map<string, ClientConnection[]>();
  #closed = false;

  constructor(model: KeepaliveModel) {
    this.#model = model;
  }

  get idle(): number {
    return this.#idle.size;
  }

  take(key: string): ClientConnection | undefined {
    const connections = this.#byKey.get(key) ?? [];
    for (let at = connections.length - 1; at >= 0; at--) {
      const connection = connections[at] as ClientConnection;
      if (!connection.available) continue;
      this.#leave(connection);
      return connection;
    }
    return undefined;
  }

  /** Takes a new connection, in use: it is kept when it becomes idle, if it may be. Its `onIdle` and `onClosed` are the pool's from now on. */
  add(
    key: string,
    connection: ClientConnection,
    onClosed: (error: Error | undefined) => void = () => {},
  ): void {
    const openedAt = performance.now();
    connection.onIdle = () => this.#becameIdle(key, connection, openedAt);
    connection.onClosed = (error) => {
      this.#leave(connection);
      onClosed(error);
    };
  }

  /** For good: closes what is idle, and keeps none that becomes so. */
  close(): void {
    this.#closed = true;
    for (const connection of [...this.#idle.keys()]) connection.close();
  }

  #becameIdle(key: string, connection: ClientConnection, openedAt: number): void {
    if (this.#idle.has(connection) || connection.destroyed) return;
    const { connections, requests, timeMs, timeoutMs } = this.#model;
    const old = performance.now() - openedAt > timeMs;
    if (this.#closed || old || connection.served >= requests || connections === 0) {
      connection.close();
      return;
    }
    if (this.#idle.size >= connections) {
      const [longest] = this.#idle.keys();
      longest?.close();
      if (longest !== undefined) this.#leave(longest);
    }
    const timer = setTimeout(() => connection.close(), timeoutMs);
    timer.unref();
    this.#idle.set(connection, { key, timer });
    const same = this.#byKey.get(key);
    if (same === undefined) this.#byKey.set(key, [connection]);
    else same.push(connection);
  }

  #leave(connection: ClientConnection): void {
    const idle = this.#idle.get(connection);
    if (idle === undefined) return;
    clearTimeout(idle.timer);
    this.#idle.delete(connection);
    const same = this.#byKey.get(idle.key) ?? [];
    same.splice(same.lastIndexOf(connection), 1);
    if (same.length === 0) this.#byKey.delete(idle.key);
  }
}
