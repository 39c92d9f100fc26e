// A message of the peers protocol (peers-v2.0, section IV); those of type 128 and more have data:
//
//     0       8      16
//     | class | type | length of data, encoded | data …

import { FieldReader, writeNumber } from "./varint.js";

export const messageClass = { control: 0, error: 1, table: 10, reserved: 255 } as const;

export const control = {
  resyncRequest: 0,
  resyncFinished: 1,
  resyncPartial: 2,
  resyncConfirm: 3,
  heartbeat: 4,
} as const;

export const errorType = { protocol: 0, size: 1 } as const;

export const tableMessage = {
  update: 0x80,
  incrementalUpdate: 0x81,
  define: 0x82,
  switch: 0x83,
  acknowledge: 0x84,
  timedUpdate: 0x85,
  incrementalTimedUpdate: 0x86,
} as const;

/** Larger ones are refused (HAProxy's buffer). */
export const maxMessageBytes = 16_384;

export interface Message {
  readonly class: number;
  readonly type: number;
  readonly data: Uint8Array;
}

export function controlMessage(type: number): Uint8Array {
  return Uint8Array.of(messageClass.control, type);
}

export function errorMessage(type: number): Uint8Array {
  return Uint8Array.of(messageClass.error, type);
}

export function tableMessageBytes(type: number, data: readonly number[]): Uint8Array {
  const head: number[] = [messageClass.table, type];
  writeNumber(head, data.length);
  return Uint8Array.from([...head, ...data]);
}

/** Takes a stream of bytes apart into messages. */
export class MessageReader {
  #held: Buffer = Buffer.alloc(0);

  /** Bytes that came after the handshake's lines. */
  push(bytes: Uint8Array): void {
    this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
  }

  /** The next message; undefined: it isn't whole yet. "protocol" and "size" are errors that end the session. */
  next(): Message | "protocol" | "size" | undefined {
    const held = this.#held;
    if (held.length < 2) return undefined;
    const type = held[1] as number;
    if (type < 128) return this.#take(2, 2);
    const reader = new FieldReader(held, 2, Math.min(held.length, 7));
    const before = reader.left;
    const length = reader.number();
    if (reader.malformed) return held.length < 7 ? undefined : "protocol";
    if (length > maxMessageBytes) return "size";
    const from = 2 + before - reader.left;
    return held.length < from + length ? undefined : this.#take(from, from + length);
  }

  #take(from: number, end: number): Message {
    const held = this.#held;
    this.#held = held.subarray(end);
    return { class: held[0] as number, type: held[1] as number, data: held.subarray(from, end) };
  }
}
