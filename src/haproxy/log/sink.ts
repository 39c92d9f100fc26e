import type { LineAround } from "./header.js";

/** A place that lines go to. */
export interface LogSink {
  /** `text` is as it was logged, without its header and line end. false: it wasn't taken, and is lost. */
  write(text: string, around: LineAround): boolean;
  close(): void;
}
