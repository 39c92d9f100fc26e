import type { ClientConnection } from "./exchange.js";

export interface PoolLimits {
  /** Idle connections at most; -1: no limit, 0: none is kept. */
  readonly maxIdle: number;
  /** How often connections that weren't needed are looked for; half of them are closed each time. */
  readonly purgeDelayMs: number;
  /** A connection carries so many requests after its first; -1: no limit. */
  readonly maxReuse: number;
}

interface Member {
  readonly connection: ClientConnection;
  readonly key: string;
  /** undefined: it belongs to all; otherwise to one user alone (a client's session). */
  owner: object | undefined;
  idle: boolean;
}

/**
 * Connections to one server that can be used again. What makes two of them interchangeable is in their `key` (server name of TLS, source
 * address, PROXY protocol's head …). A connection that the server closes while it is idle leaves at once.
 */
export class Pool {
  readonly #limits: PoolLimits;
  readonly #members = new Map<ClientConnection, Member>();
  /** Those that may be given out, the one that was used last at the end. */
  readonly #idle = new Map<string, Member[]>();
  #idleCount = 0;
  #mostUsed = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** Called when a connection has become idle and is kept, or has gone. */
  onChange: () => void = () => {};

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  /** Idle connections. */
  get idle(): number {
    return this.#idleCount;
  }

  /** Those in use. */
  get used(): number {
    return this.#members.size - this.#idleCount;
  }

  /**
   * A connection that can take a request now: an idle one, the one last used first, or one of HTTP/2 with room. `fits` may refuse some.
   * One with an `owner` is given to that one only.
   */
  take(
    key: string,
    owner?: object,
    fits: (connection: ClientConnection) => boolean = () => true,
  ): ClientConnection | undefined {
    const idle = this.#idle.get(key);
    if (idle !== undefined)
      for (let at = idle.length - 1; at >= 0; at--) {
        const member = idle[at] as Member;
        if (member.owner !== undefined && member.owner !== owner) continue;
        if (!member.connection.available || !fits(member.connection)) continue;
        this.#leaveIdle(member);
        this.#noteUse();
        return member.connection;
      }
    for (const member of this.#members.values())
      if (
        !member.idle &&
        member.connection.version === "2.0" &&
        member.key === key &&
        (member.owner === undefined || member.owner === owner) &&
        this.#mayServe(member.connection) &&
        member.connection.available &&
        fits(member.connection)
      )
        return member.connection;
    return undefined;
  }

  /** Takes a new connection into the pool, in use. Its `onIdle` and `onClosed` are the pool's from now on. */
  add(
    key: string,
    connection: ClientConnection,
    owner?: object,
    onClosed: (error: Error | undefined) => void = () => {},
  ): void {
    const member: Member = { connection, key, owner, idle: false };
    this.#members.set(connection, member);
    connection.onIdle = () => this.#becameIdle(member);
    connection.onClosed = (error) => {
      this.#forget(member);
      onClosed(error);
    };
    this.#noteUse();
  }

  /** Makes a connection everybody's, or one user's alone. */
  setOwner(connection: ClientConnection, owner: object | undefined): void {
    const member = this.#members.get(connection);
    if (member !== undefined) member.owner = owner;
  }

  /** Closes the idle connections, and those in use when they are done: the server has changed. */
  drain(): void {
    for (const member of [...this.#members.values()]) member.connection.close();
  }

  /** Closes idle connections of a user that has gone. */
  dropOwned(owner: object): void {
    for (const member of [...this.#members.values()]) if (member.owner === owner) member.connection.close();
  }

  /** For good. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.drain();
  }

  #mayServe(connection: ClientConnection): boolean {
    const { maxReuse } = this.#limits;
    return maxReuse < 0 || connection.served <= maxReuse;
  }

  #becameIdle(member: Member): void {
    const { connection } = member;
    if (member.idle || connection.destroyed) return;
    const { maxIdle } = this.#limits;
    if (this.#closed || !this.#mayServe(connection) || (maxIdle >= 0 && this.#idleCount >= maxIdle)) {
      connection.close();
      return;
    }
    member.idle = true;
    this.#idleCount++;
    const idle = this.#idle.get(member.key);
    if (idle === undefined) this.#idle.set(member.key, [member]);
    else idle.push(member);
    this.#watch();
    this.onChange();
  }

  #leaveIdle(member: Member): void {
    if (!member.idle) return;
    member.idle = false;
    this.#idleCount--;
    const idle = this.#idle.get(member.key) as Member[];
    const at = idle.lastIndexOf(member);
    if (at === idle.length - 1) idle.pop();
    else idle.splice(at, 1);
    if (idle.length === 0) this.#idle.delete(member.key);
  }

  #forget(member: Member): void {
    this.#leaveIdle(member);
    if (this.#members.delete(member.connection)) this.onChange();
    if (this.#members.size === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  #noteUse(): void {
    if (this.used > this.#mostUsed) this.#mostUsed = this.used;
  }

  #watch(): void {
    if (this.#timer !== undefined || this.#limits.purgeDelayMs <= 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#purge();
    }, this.#limits.purgeDelayMs);
    this.#timer.unref();
  }

  /** Of those beyond the most that were in use at once in this period, half are closed: the longest idle. */
  #purge(): void {
    const surplus = this.#members.size - this.#mostUsed;
    this.#mostUsed = this.used;
    let left = Math.min(this.#idleCount, Math.ceil(surplus / 2));
    for (const idle of [...this.#idle.values()])
      for (const member of [...idle]) {
        if (left <= 0) break;
        left--;
        member.connection.close();
      }
    if (this.#idleCount > 0) this.#watch();
  }
}
