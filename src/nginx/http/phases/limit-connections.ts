import { KeyTable } from "../../zones/key-table.js";
import { otherKey, type SharedZone, type ZoneStore } from "../../zones/zone-store.js";

/** Words of a node's values. */
const at = { count: 0, slot: 1 } as const;

/**
 * A zone of limit_conn: how many requests of a key there are now, over all workers (ngx_http_limit_conn_module). Each worker counts its own in a node
 * of its own, so that what one had is known when it was killed.
 */
export class ConnectionZone implements SharedZone {
  readonly name: string;
  readonly #slot: number;
  readonly #table: KeyTable;

  /** Of the memory of a zone of a size. */
  static readonly bytes = KeyTable.bytes;

  /** @param size bytes @param slot this worker's */
  constructor(
    name: string,
    size: number,
    memory: ArrayBufferLike = new ArrayBuffer(KeyTable.bytes(size)),
    slot = 0,
  ) {
    this.name = name;
    this.#slot = slot;
    this.#table = new KeyTable(memory, size);
  }

  /** false: there are as many as may be, or there is no room for another key. */
  enter(key: string, most: number): boolean {
    const table = this.#table;
    const { words } = table;
    return table.hold(() => {
      const packed = table.key(key);
      let all = 0;
      let own = 0;
      for (let each = table.find(packed); each !== 0; each = table.find(packed, each)) {
        const values = table.values(each);
        all += words[values + at.count] as number;
        if (words[values + at.slot] === this.#slot) own = each;
      }
      if (all >= most) return false;
      if (own === 0) own = table.add(packed);
      if (own === 0) return false;
      const values = table.values(own);
      words[values + at.slot] = this.#slot;
      words[values + at.count] = (words[values + at.count] as number) + 1;
      return true;
    });
  }

  leave(key: string): void {
    const table = this.#table;
    const { words } = table;
    table.hold(() => {
      const packed = table.key(key);
      let own = table.find(packed);
      while (own !== 0 && words[table.values(own) + at.slot] !== this.#slot) own = table.find(packed, own);
      if (own === 0) return;
      const count = table.values(own) + at.count;
      words[count] = (words[count] as number) - 1;
      if (words[count] === 0) table.remove(own);
    });
  }

  takeOver(pid: number): boolean {
    return this.#table.takeOver(pid);
  }

  giveBack(slot: number): boolean {
    const table = this.#table;
    const { words } = table;
    return table.tryHold(() => {
      for (let each = 1; each <= table.used; each++) {
        if (!table.isLive(each)) continue;
        const values = table.values(each);
        // One that its worker died with before it counted has no worker's number yet.
        if (words[values + at.slot] === slot || words[values + at.count] === 0) table.remove(each);
      }
    });
  }
}

/** The zone of limit_conn_zone. @param kind "limit_conn", "stream limit_conn": zones of both may have the same name */
export const connectionZone = (
  store: ZoneStore,
  kind: string,
  name: string,
  size: number,
  key: string,
): ConnectionZone =>
  store.take(
    {
      id: `${kind} ${name} ${size}`,
      name,
      bytes: ConnectionZone.bytes(size),
      isKept: true,
      key,
      conflict: otherKey("limit_conn_zone", name, key),
    },
    (memory) => new ConnectionZone(name, size, memory, store.slot),
  );
