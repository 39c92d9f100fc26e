import type { IpAddress } from "../../wire/address.js";
import { type SequenceShift, type SyncEntry, SyncFlag } from "./entry.js";

const headerSize = 8;
const mostEntries = 255;

/** Bytes of an entry of version 1, without padding. */
function sizeOf({ client, sequence, engine }: SyncEntry): number {
  const options = (sequence ? 26 : 0) + (engine ? 4 + engine.data.length + engine.name.length : 0);
  return (client.address.family === 6 ? 72 : 36) + options;
}

/** Collects entries into datagrams of the sync protocol, version 1 (read.ts draws them; net/netfilter/ipvs/ip_vs_sync.c, ip_vs_sync_conn). */
export class SyncMessageWriter {
  readonly #syncId: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = headerSize;
  #count = 0;

  /** @param longest bytes of a datagram, at least as many as an entry needs with its header */
  constructor(syncId: number, longest: number) {
    this.#syncId = syncId;
    this.#bytes = new Uint8Array(Math.max(longest, headerSize + 72));
    this.#view = new DataView(this.#bytes.buffer);
  }

  get count(): number {
    return this.#count;
  }

  /** Adds an entry. Gives the datagram that was full before it, which the caller may keep. */
  add(entry: SyncEntry): Uint8Array | undefined {
    const size = sizeOf(entry);
    const at = (this.#at + 3) & ~3;
    if (at + size > this.#bytes.length || this.#count === mostEntries) {
      const full = this.take();
      if (full === undefined) return undefined; // longer than any datagram may be
      this.add(entry);
      return full;
    }
    this.#bytes.fill(0, this.#at, at);
    this.#write(entry, at, size);
    this.#at = at + size;
    this.#count++;
    return undefined;
  }

  /** The datagram with what was added since the last one; undefined: nothing. */
  take(): Uint8Array | undefined {
    if (this.#count === 0) return undefined;
    const view = this.#view;
    view.setUint8(0, 0);
    view.setUint8(1, this.#syncId);
    view.setUint16(2, this.#at);
    view.setUint8(4, this.#count);
    view.setUint8(5, 1);
    view.setUint16(6, 0);
    const whole = this.#bytes.slice(0, this.#at);
    this.#at = headerSize;
    this.#count = 0;
    return whole;
  }

  #write(entry: SyncEntry, at: number, size: number): void {
    const view = this.#view;
    const { client, virtual, server } = entry;
    const six = client.address.family === 6;
    view.setUint8(at, six ? 1 : 0);
    view.setUint8(at + 1, entry.protocol);
    view.setUint16(at + 2, size);
    view.setUint32(at + 4, entry.flags & ~SyncFlag.hashed);
    view.setUint16(at + 8, entry.state);
    view.setUint16(at + 10, client.port);
    view.setUint16(at + 12, virtual.port);
    view.setUint16(at + 14, server.port);
    view.setUint32(at + 16, entry.mark);
    view.setUint32(at + 20, entry.timeout);
    const length = six ? 16 : 4;
    for (const [index, { address }] of [client, virtual, server].entries())
      this.#address(at + 24 + index * length, address);
    this.#options(entry, at + 24 + 3 * length);
  }

  #address(at: number, { words }: IpAddress): void {
    for (const [i, word] of words.entries()) this.#view.setInt32(at + 4 * i, word);
  }

  #options({ sequence, engine }: SyncEntry, from: number): void {
    let at = from;
    const begin = (type: number, length: number) => {
      this.#view.setUint8(at, type);
      this.#view.setUint8(at + 1, length);
      at += 2;
    };
    if (sequence) {
      begin(1, 24);
      for (const [i, number] of [...numbersOf(sequence.in), ...numbersOf(sequence.out)].entries())
        this.#view.setUint32(at + 4 * i, number);
      at += 24;
    }
    if (engine) {
      begin(2, engine.data.length);
      this.#bytes.set(engine.data, at);
      at += engine.data.length;
      begin(3, engine.name.length);
      this.#bytes.set(
        Uint8Array.from(engine.name, (letter) => letter.charCodeAt(0)),
        at,
      );
    }
  }
}

const numbersOf = ({ initial, delta, previousDelta }: SequenceShift) => [initial, delta, previousDelta];
