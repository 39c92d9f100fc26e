import { KeyTable } from "../../zones/key-table.js";
import type { SharedZone, ZoneStore } from "../../zones/zone-store.js";

/** Room for about a thousand servers. */
const SIZE = 64 * 1024;
const [HEALTHY, UNHEALTHY] = [1, 2] as const;

/** What checks thought of servers last, by their addresses: a reload keeps it (`persistent`). */
export class KeptHealth implements SharedZone {
  readonly #table: KeyTable;

  /** @param upstream "http app" */
  static of(upstream: string, store: ZoneStore): KeptHealth {
    const spec = { id: `health ${upstream}`, name: upstream, bytes: KeyTable.bytes(SIZE), isKept: true };
    return store.take(spec, (memory) => new KeptHealth(memory));
  }

  constructor(memory: ArrayBufferLike) {
    this.#table = new KeyTable(memory, SIZE);
  }

  wasHealthy(address: string): boolean {
    const table = this.#table;
    return table.hold(() => {
      const found = table.find(table.key(address));
      return found !== 0 && table.words[table.values(found)] === HEALTHY;
    });
  }

  note(address: string, healthy: boolean): void {
    const table = this.#table;
    table.hold(() => {
      const key = table.key(address);
      let number = table.find(key) || table.add(key);
      if (number === 0) {
        table.remove(table.oldest);
        number = table.add(key);
      }
      table.touch(number);
      table.words[table.values(number)] = healthy ? HEALTHY : UNHEALTHY;
    });
  }

  takeOver(pid: number): boolean {
    return this.#table.takeOver(pid);
  }

  /** It is nobody's own. */
  giveBack(): boolean {
    return true;
  }
}
