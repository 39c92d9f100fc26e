import { RondoError } from "../errors.js";
import { type MappedMemory, mapMemory, pageSize } from "../sys/index.js";
import type { BpfMap } from "./map.js";

const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;
const headerSize = 8;

/**
 * Reads the records of a ring buffer, in order (kernel/bpf/ringbuf.c, tools/lib/bpf/ringbuf.c):
 *
 *     page 0            page 1            page 2 …                    the same pages again
 *     | consumer pos  | producer pos    | data, `size` bytes        | data: no record is cut at the end
 *       we write this   we only read from here on
 *
 * A record is a header (u32 length with the busy and discarded bits on top, u32 unused), its bytes, and what fills up
 * to eight. Positions only grow; a position's place is its remainder by `size`.
 *
 *     const reader = new RingBufferReader(map, (record) => …);
 *     readySet.add(reader.fd, () => reader.drain());
 */
export class RingBufferReader {
  readonly fd: number;
  readonly #size: number;
  readonly #onRecord: (record: Buffer) => void;
  readonly #consumer: MappedMemory;
  readonly #producer: MappedMemory;
  readonly #consumed: BigUint64Array;
  readonly #produced: BigUint64Array;
  readonly #headers: Int32Array;
  readonly #data: Buffer;
  #position: number;

  /** `onRecord` gets a view on the ring itself: copy what is needed later. */
  constructor(map: BpfMap, onRecord: (record: Buffer) => void) {
    if (map.spec.type !== "ring_buffer") throw new RondoError("map-type", `${map} is no ring buffer`);
    this.fd = map.fd;
    this.#size = map.spec.maxEntries;
    this.#onRecord = onRecord;
    this.#consumer = mapMemory(map.fd, pageSize(), { write: true });
    try {
      this.#producer = mapMemory(map.fd, pageSize() + 2 * this.#size, { offset: pageSize() });
    } catch (error) {
      this.#consumer.unmap();
      throw error;
    }
    const consumer = this.#consumer.bytes;
    const producer = this.#producer.bytes;
    this.#consumed = new BigUint64Array(consumer.buffer, consumer.byteOffset, 1);
    this.#produced = new BigUint64Array(producer.buffer, producer.byteOffset, 1);
    this.#data = producer.subarray(pageSize());
    this.#headers = new Int32Array(producer.buffer, producer.byteOffset + pageSize(), this.#size / 4);
    this.#position = Number(Atomics.load(this.#consumed, 0));
  }

  /**
   * Gives all records that are complete to `onRecord`, at most `limit`; the number of them. What is thrown there comes
   * out here, and the record counts as read.
   */
  drain(limit: number = Number.POSITIVE_INFINITY): number {
    this.#consumer.bytes; // throws if closed
    let count = 0;
    // Until nothing new came meanwhile: the kernel wakes us only for records that come after we had read all.
    for (let end = this.#end(); this.#position < end && count < limit; end = this.#end()) {
      while (this.#position < end && count < limit) {
        const place = this.#position % this.#size;
        const header = Atomics.load(this.#headers, place / 4) >>> 0;
        if (header & BUSY) return count;
        const length = header & ~(BUSY | DISCARDED);
        const start = place + headerSize;
        try {
          if ((header & DISCARDED) === 0) {
            count++;
            this.#onRecord(this.#data.subarray(start, start + length));
          }
        } finally {
          this.#position += headerSize + ((length + 7) & ~7);
          Atomics.store(this.#consumed, 0, BigInt(this.#position));
        }
      }
    }
    return count;
  }

  /** Unmaps the ring. Take {@link fd} out of its ReadySet before; the map stays open. A second call does nothing. */
  close(): void {
    this.#consumer.unmap();
    this.#producer.unmap();
  }

  #end(): number {
    return Number(Atomics.load(this.#produced, 0));
  }
}
