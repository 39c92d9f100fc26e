import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { BodySink, BodySource } from "../../proxy/index.js";
import { Headers } from "../../proxy/index.js";
import type { HttpRequest } from "./request.js";

let serial = 0;

/**
 * A request's body that was read before it is needed: in memory, what is more in a file that has no name any more. It can be sent several times, to one
 * server after the other.
 */
export class RequestBody {
  readonly size: number;
  readonly #memory: readonly Buffer[];
  readonly #file: FileHandle | undefined;
  readonly #fileSize: number;
  #holders = 1;

  constructor(memory: readonly Buffer[], file: FileHandle | undefined, fileSize: number) {
    this.#memory = memory;
    this.#file = file;
    this.#fileSize = fileSize;
    this.size = fileSize + memory.reduce((sum, { length }) => sum + length, 0);
  }

  /** Bytes of it for $request_body; undefined: it is in a file. */
  get text(): string | undefined {
    return this.#file === undefined ? Buffer.concat(this.#memory).toString("latin1") : undefined;
  }

  /** Gives it to a sink and ends that, as fast as it is taken. `isOver` tells that nobody wants it any more. */
  async send(sink: BodySink, isOver: () => boolean): Promise<void> {
    if (this.#file !== undefined) {
      const buffer = Buffer.allocUnsafe(64 * 1024);
      for (let at = 0; at < this.#fileSize; ) {
        const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0 || isOver()) return;
        at += bytesRead;
        if (!sink.write(buffer.subarray(0, bytesRead))) await drained(sink, isOver);
      }
    }
    for (const bytes of this.#memory) {
      if (isOver()) return;
      if (!sink.write(bytes)) await drained(sink, isOver);
    }
    if (!isOver()) sink.end();
  }

  /** Somebody else needs it, too, and will close it. */
  hold(): void {
    this.#holders++;
  }

  close(): void {
    if (--this.#holders === 0) this.#file?.close().catch(() => {});
  }
}

function drained(sink: BodySink, isOver: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    sink.onDrain = resolve;
    if (isOver()) resolve();
  });
}

export interface BodySettings {
  /** Bytes that are kept in memory. */
  readonly memory: number;
  /** Bytes at most; 0: any. */
  readonly most: number;
  /** Between two reads. */
  readonly timeoutMs: number;
  /** The folder of what is more than memory takes. */
  readonly folder: string;
}

/** The body is wanted: `Expect: 100-continue` is answered. */
export function sayContinue(request: HttpRequest): void {
  const { exchange } = request;
  request.readsBody = true;
  if (exchange.expectsContinue)
    exchange.inform({ status: 100, reason: "Continue", version: "1.1", headers: new Headers([], [], []) });
}

/**
 * Reads a request's whole body.
 * @param done - gets the body, or the status that refuses it: 400 malformed or broken off, 408 too slow, 413 too large
 */
export function readBody(
  request: HttpRequest,
  settings: BodySettings,
  done: (body: RequestBody | 400 | 408 | 413 | 500) => void,
): void {
  new BodyReader(request, settings, done).begin();
}

class BodyReader {
  readonly #request: HttpRequest;
  readonly #source: BodySource;
  readonly #settings: BodySettings;
  readonly #done: (body: RequestBody | 400 | 408 | 413 | 500) => void;
  #memory: Buffer[] = [];
  #inMemory = 0;
  #file: FileHandle | undefined;
  #written = 0;
  #writing: Promise<void> | undefined;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    request: HttpRequest,
    settings: BodySettings,
    done: (body: RequestBody | 400 | 408 | 413 | 500) => void,
  ) {
    this.#request = request;
    this.#source = request.exchange.body;
    this.#settings = settings;
    this.#done = done;
  }

  begin(): void {
    sayContinue(this.#request);
    this.#watch();
    this.#source.handler = {
      onData: (bytes) => this.#take(bytes),
      onEnd: () => this.#finish(),
      onBroken: () => this.#fail(400),
    };
    this.#source.resume();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(408), this.#settings.timeoutMs);
  }

  #take(bytes: Buffer): void {
    const { most, memory } = this.#settings;
    this.#watch();
    if (most > 0 && this.#source.received > most) {
      this.#fail(413);
      return;
    }
    this.#memory.push(Buffer.from(bytes));
    this.#inMemory += bytes.length;
    if (this.#inMemory > memory && this.#writing === undefined) this.#spill();
  }

  /** Writes what is in memory to the file; meanwhile nothing is read. */
  #spill(): void {
    const parts = this.#memory;
    this.#memory = [];
    this.#inMemory = 0;
    this.#source.pause();
    this.#writing = this.#write(Buffer.concat(parts)).then(
      () => {
        this.#writing = undefined;
        if (!this.#ended) this.#source.resume();
      },
      () => this.#fail(500),
    );
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#file ??= await openUnnamed(this.#settings.folder);
    await this.#file.write(bytes, 0, bytes.length, this.#written);
    this.#written += bytes.length;
  }

  async #finish(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    await this.#writing;
    if (this.#ended) return;
    this.#ended = true;
    this.#done(new RequestBody(this.#memory, this.#file, this.#written));
  }

  #fail(status: 400 | 408 | 413 | 500): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    this.#ended = true;
    this.#file?.close().catch(() => {});
    // What is left of it is no request that could be read.
    this.#request.readsBody = false;
    this.#request.closes = true;
    this.#done(status);
  }
}

/** A file that has no name any more as soon as it is there. */
async function openUnnamed(folder: string): Promise<FileHandle> {
  const path = join(folder, `${process.pid}-${++serial}`);
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  return file;
}
