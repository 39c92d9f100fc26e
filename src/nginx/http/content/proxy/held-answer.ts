import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { AnswerBody } from "../../answer/send.js";

/** How much of an answer is read ahead of a client that is slow (proxy_buffering). */
export interface Holding {
  /** Bytes in memory (proxy_buffer_size, proxy_buffers). */
  readonly memory: number;
  /** Bytes in a file at most; 0: none (proxy_max_temp_file_size). */
  readonly file: number;
  /** The file's folder (proxy_temp_path). */
  readonly folder: string;
}

/** Bytes that are read from the file at once. */
const portion = 65_536;
let serial = 0;

/**
 * Keeps what a server answers and a client doesn't take yet, in memory, then in a file without a name, so that the server is free for others
 * (ngx_event_pipe.c). It takes over where the client's side has said that it takes no more.
 */
export class HeldAnswer implements AnswerBody {
  /** There is room again, after a `write` that gave false. */
  onDrain: () => void = () => {};
  readonly #out: AnswerBody;
  readonly #limits: Holding;
  readonly #onFailed: (message: string) => void;
  #full = true;
  #memory: Buffer[] = [];
  #inMemory = 0;
  /** The file has what follows the memory, from one place to another. */
  #file: number | undefined;
  #readAt = 0;
  #writtenTo = 0;
  #ended = false;
  #over = false;
  /** The file couldn't be written. */
  #refused = false;
  /** Who gives it was told to stop. */
  #waits = false;

  /** @param onFailed told why no file can be written; then only memory is used */
  constructor(out: AnswerBody, limits: Holding, onFailed: (message: string) => void) {
    this.#out = out;
    this.#limits = limits;
    this.#onFailed = onFailed;
    out.onDrain = () => {
      this.#full = false;
      this.#give();
    };
  }

  /** It is always taken. false: give no more until `onDrain`. */
  write(bytes: Uint8Array): boolean {
    if (this.#over) return true;
    if (!this.#full && this.#isEmpty) {
      this.#full = !this.#out.write(bytes);
      return true;
    }
    // What the file has goes first: what comes after it belongs there, too.
    const toFile = this.#writtenTo > 0 || this.#inMemory + bytes.length > this.#limits.memory;
    if (!toFile || !this.#mayUseFile || !this.#spill(bytes)) this.#remember(Buffer.from(bytes));
    this.#waits = !this.#hasRoom;
    return !this.#waits;
  }

  end(): void {
    this.#ended = true;
    this.#give();
  }

  /** Nobody wants it any more. */
  close(): void {
    this.#over = true;
    this.#memory = [];
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  get #isEmpty(): boolean {
    return this.#memory.length === 0 && this.#writtenTo === 0;
  }

  get #mayUseFile(): boolean {
    return this.#limits.file > 0 && !this.#refused;
  }

  get #hasRoom(): boolean {
    const { memory, file } = this.#limits;
    return this.#mayUseFile ? this.#writtenTo < file : this.#inMemory < memory;
  }

  #remember(bytes: Buffer): void {
    this.#memory.push(bytes);
    this.#inMemory += bytes.length;
  }

  /** false: it can't be, and the file is empty. */
  #spill(bytes: Uint8Array): boolean {
    try {
      this.#file ??= openUnnamed(this.#limits.folder);
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.#writtenTo + done);
    } catch (error) {
      this.#refused = true;
      this.#onFailed((error as Error).message);
      for (let piece = this.#fetch(); piece !== undefined; piece = this.#fetch()) this.#remember(piece);
      return false;
    }
    this.#writtenTo += bytes.length;
    return true;
  }

  #fetch(): Buffer | undefined {
    const left = this.#writtenTo - this.#readAt;
    if (left === 0 || this.#file === undefined) return undefined;
    const buffer = Buffer.allocUnsafe(Math.min(left, portion));
    const length = readSync(this.#file, buffer, 0, buffer.length, this.#readAt);
    this.#readAt += length;
    if (this.#readAt === this.#writtenTo || length === 0) {
      this.#readAt = 0;
      this.#writtenTo = 0;
    }
    return buffer.subarray(0, length);
  }

  #give(): void {
    while (!this.#full && !this.#over) {
      const first = this.#memory.shift();
      if (first !== undefined) this.#inMemory -= first.length;
      const piece = first ?? this.#fetch();
      if (piece === undefined) break;
      this.#full = !this.#out.write(piece);
    }
    if (this.#over) return;
    if (this.#ended && this.#isEmpty && !this.#full) {
      this.close();
      this.#out.end();
    } else if (this.#waits && this.#hasRoom) {
      this.#waits = false;
      this.onDrain();
    }
  }
}

/** A file that has no name any more as soon as it is there. */
function openUnnamed(folder: string): number {
  const path = join(folder, `answer-${process.pid}-${++serial}`);
  const file = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return file;
}
