import type { KeepaliveModel } from "../../config/nginx/model/index.js";
import { type ClientConnection, eventTime } from "../../proxy/index.js";

interface Kept {
  readonly connection: ClientConnection;
  readonly alike: Alike;
  readonly openedAt: number;
  /** Since when it waits; undefined: it is in use. */
  idleFrom: number | undefined;
}

/** Connections of one key, of which one is as good as another. */
interface Alike {
  readonly key: string;
  /** In the order in which they became idle. */
  readonly idle: Kept[];
  /** Idle or in use. */
  open: number;
}

/**
 * Connections of one thread to the servers of an upstream that wait to be used again (ngx_http_upstream_keepalive_module): the one that became idle last
 * is taken first, and where there are too many the one that has waited longest goes. What makes two interchangeable is in their key: the peer's
 * address, and whatever else the caller tells apart.
 */
export class KeepalivePool {
  readonly #model: KeepaliveModel;
  readonly #now: () => number;
  readonly #byKey = new Map<string, Alike>();
  #idle = 0;
  #closed = false;
  /** One for all: it looks at those that have waited longest. */
  #timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds of a clock that never goes back */
  constructor(model: KeepaliveModel, now: () => number = eventTime) {
    this.#model = model;
    this.#now = now;
  }

  get idle(): number {
    return this.#idle;
  }

  take(key: string): ClientConnection | undefined {
    const alike = this.#byKey.get(key);
    if (alike === undefined) return undefined;
    for (let at = alike.idle.length - 1; at >= 0; at--) {
      const kept = alike.idle[at] as Kept;
      if (!kept.connection.available) continue;
      this.#leave(kept);
      return kept.connection;
    }
    return undefined;
  }

  /** Takes a new connection, in use: it is kept when it becomes idle, if it may be. Its `onIdle` and `onClosed` are the pool's from now on. */
  add(
    key: string,
    connection: ClientConnection,
    onClosed: (error: Error | undefined) => void = () => {},
  ): void {
    let alike = this.#byKey.get(key);
    if (alike === undefined) {
      alike = { key, idle: [], open: 0 };
      this.#byKey.set(key, alike);
    }
    alike.open++;
    const kept: Kept = { connection, alike, openedAt: this.#now(), idleFrom: undefined };
    connection.onIdle = () => this.#becameIdle(kept);
    connection.onClosed = (error) => {
      this.#leave(kept);
      if (--kept.alike.open === 0) this.#byKey.delete(key);
      onClosed(error);
    };
  }

  /** For good: closes what is idle, and keeps none that becomes so. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { connection } of [...this.#byKey.values()].flatMap(({ idle }) => idle)) connection.close();
  }

  #becameIdle(kept: Kept): void {
    const { connection, alike, openedAt } = kept;
    if (kept.idleFrom !== undefined || connection.destroyed) return;
    const { connections, requests, timeMs, timeoutMs } = this.#model;
    const now = this.#now();
    if (this.#closed || now - openedAt > timeMs || connection.served >= requests || connections === 0) {
      connection.close();
      return;
    }
    if (this.#idle >= connections) {
      const longest = this.#longest();
      longest?.connection.close();
      if (longest !== undefined) this.#leave(longest);
    }
    kept.idleFrom = now;
    alike.idle.push(kept);
    this.#idle++;
    if (this.#timer === undefined) this.#lookAfter(timeoutMs);
  }

  #lookAfter(ms: number): void {
    this.#timer = setTimeout(() => this.#closeOld(), ms);
    this.#timer.unref();
  }

  #closeOld(): void {
    this.#timer = undefined;
    const { timeoutMs } = this.#model;
    for (let kept = this.#longest(); kept !== undefined; kept = this.#longest()) {
      const left = (kept.idleFrom as number) + timeoutMs - this.#now();
      if (left > 0) {
        this.#lookAfter(Math.ceil(left));
        return;
      }
      this.#leave(kept);
      kept.connection.close();
    }
  }

  /** The one that has waited longest. */
  #longest(): Kept | undefined {
    let longest: Kept | undefined;
    for (const { idle } of this.#byKey.values()) {
      const [first] = idle;
      if (first === undefined) continue;
      if (longest === undefined || (first.idleFrom as number) < (longest.idleFrom as number)) longest = first;
    }
    return longest;
  }

  #leave(kept: Kept): void {
    if (kept.idleFrom === undefined) return;
    kept.idleFrom = undefined;
    this.#idle--;
    const { idle } = kept.alike;
    if (idle[idle.length - 1] === kept) idle.pop();
    else idle.splice(idle.indexOf(kept), 1);
  }
}
