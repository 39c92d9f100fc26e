import type { BpfMap } from "../src/bpf/index.js";
import { RondoError } from "../src/errors.js";
import * as floor from "./floor.js";
import { clientOf, serverMacs, virtual } from "./traffic.js";

/** Where programs keep what they know about flows. */
export interface Connections {
  /** Makes flows number 0 to `count` known, and no other. */
  fill(count: number): void;
  /** Forgets all flows. */
  clear(): void;
  /** Before each run. */
  prepare(): void;
  /** After each run: throws if it was not the work that was meant. */
  check(): void;
}

/** The bytes of an entry in every table here; its word comes first. */
const entrySize = 64;
const live = 2n;

/** How many entries of a table are live. */
export function countLive(map: BpfMap): number {
  const memory = map.memory();
  const words = new BigUint64Array(memory.bytes.buffer, memory.bytes.byteOffset, memory.length / 8);
  let count = 0;
  for (let at = 0; at < words.length; at += entrySize / 8) if ((words[at]! & 3n) === live) count++;
  memory.unmap();
  return count;
}

/** Half full, a table has no place any more for some flows in a hundred thousand: both of their buckets are full. */
export function requireNearly(count: number, found: number): void {
  if (found > count || found < count * 0.9999)
    throw new RondoError("bench-table", `there are ${found} connections, and there should be ${count}`);
}

export function clearTable(map: BpfMap): void {
  const memory = map.memory({ write: true });
  memory.bytes.fill(0);
  memory.unmap();
}

/** Set-associative tables: the program that makes connections fills them, packet by packet. */
export class TableConnections implements Connections {
  constructor(
    private readonly table: BpfMap,
    /** Sends the first packets of flows number 0 to `count`. */
    private readonly send: (count: number) => void,
  ) {}

  fill(count: number): void {
    clearTable(this.table);
    this.send(count);
    requireNearly(count, countLive(this.table));
  }
  clear(): void {
    clearTable(this.table);
  }
  prepare(): void {}
  check(): void {}
}

/** The hash map that programs only read. */
export class HashConnections implements Connections {
  #count = 0;

  constructor(private readonly map: BpfMap) {}

  fill(count: number): void {
    for (; this.#count < count; this.#count++) {
      const { address: client, port: clientPort } = clientOf(this.#count);
      const { address, port: virtualPort } = virtual;
      const number = this.#count % serverMacs.length;
      this.map.update(
        floor.Flow.encode({ client, virtual: address, clientPort, virtualPort, protocol: 6 }),
        floor.Server.encode({ mac: serverMacs[number]!, number }),
      );
    }
  }
  clear(): void {}
  prepare(): void {}
  check(): void {}
}
