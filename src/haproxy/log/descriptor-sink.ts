import { writeSync } from "node:fs";
import type { LogTarget } from "../../config/haproxy/model/index.js";
import { type LineAround, lineHeader } from "./header.js";
import type { LogSink } from "./sink.js";

/** An inherited descriptor, stdout or stderr: each line in one write, so that lines of several processes don't mix. */
export class DescriptorSink implements LogSink {
  readonly #target: LogTarget;
  readonly #fd: number;

  constructor(target: LogTarget, fd: number) {
    this.#target = target;
    this.#fd = fd;
  }

  write(text: string, around: LineAround): boolean {
    const { format, length } = this.#target;
    const line = (lineHeader(format, around) + text.slice(0, length)).slice(0, length - 1);
    const bytes = Buffer.from(`${line}\n`, "latin1");
    try {
      return writeSync(this.#fd, bytes) === bytes.length;
    } catch {
      return false; // nobody reads (EPIPE), or the pipe is full (EAGAIN)
    }
  }

  close(): void {}
}
