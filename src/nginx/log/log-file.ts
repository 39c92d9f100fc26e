import { closeSync, openSync, writeSync } from "node:fs";
import { gzipSync } from "node:zlib";

export interface LogFileOptions {
  /** Bytes that are collected before they are written; undefined: lines are written in the turn in which they come. */
  readonly buffer?: number | undefined;
  /** Milliseconds after which what was collected is written. */
  readonly flushMs?: number | undefined;
  /** Level of compression: what was collected is written as a gzip member. */
  readonly gzip?: number | undefined;
}

/** A file that lines are appended to, which can be moved away: {@link reopen} goes on in a new one. */
export class LogFile {
  readonly path: string;
  readonly #options: LogFileOptions;
  #fd: number;
  #lines: string[] = [];
  #size = 0;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failed = false;

  /** @throws as openSync does */
  constructor(path: string, options: LogFileOptions = {}) {
    this.path = path;
    this.#options = options;
    this.#fd = openSync(path, "a", 0o644);
  }

  /** @param line latin1, with its end */
  write(line: string): void {
    const { buffer, flushMs } = this.#options;
    this.#lines.push(line);
    this.#size += line.length;
    if (buffer === undefined) this.#immediate ??= setImmediate(() => this.flush());
    else if (this.#size >= buffer) this.flush();
    else if (flushMs !== undefined) this.#timer ??= setTimeout(() => this.flush(), flushMs).unref();
  }

  /** Writes what was collected. A full disk loses lines, and nothing else. */
  flush(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#immediate = undefined;
    this.#timer = undefined;
    if (this.#lines.length === 0 || this.#fd < 0) return;
    let bytes = Buffer.from(this.#lines.join(""), "latin1");
    this.#lines = [];
    this.#size = 0;
    const { gzip } = this.#options;
    if (gzip !== undefined) bytes = gzipSync(bytes, { level: gzip });
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed)
        process.stderr.write(
          `nginx: [alert] write() to "${this.path}" failed: ${(error as Error).message}\n`,
        );
      this.#failed = true;
    }
  }

  /** Goes on in a new file of the name; the old one stays if there can be none. @throws as openSync does */
  reopen(): void {
    const fd = openSync(this.path, "a", 0o644);
    this.flush();
    closeSync(this.#fd);
    this.#fd = fd;
  }

  close(): void {
    this.flush();
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}
