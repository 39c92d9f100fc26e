const bytesOfKey = 64;

/** A zone of limit_conn: how many requests of a key there are now (ngx_http_limit_conn_module). */
export class ConnectionZone {
  readonly name: string;
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  constructor(name: string, size: number) {
    this.name = name;
    this.#most = Math.max(8, Math.floor(size / bytesOfKey));
  }

  /** false: there are as many as may be, or there is no room for another key. */
  enter(key: string, most: number): boolean {
    const count = this.#counts.get(key) ?? 0;
    if (count >= most || (count === 0 && this.#counts.size >= this.#most)) return false;
    this.#counts.set(key, count + 1);
    return true;
  }

  leave(key: string): void {
    const count = this.#counts.get(key) ?? 0;
    if (count <= 1) this.#counts.delete(key);
    else this.#counts.set(key, count - 1);
  }
}
