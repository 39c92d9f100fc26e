import { Headers } from "../../../proxy/index.js";
import type { HttpStream } from "./http-stream.js";

/** `http-request early-hint`: rules that follow each other make one 103; `last`: this one ends it. */
export function earlyHint(stream: HttpStream, name: string, value: string, last: boolean): void {
  stream.earlyHints ??= new Headers();
  stream.earlyHints.add(name, value);
  if (!last) return;
  const headers = stream.earlyHints;
  stream.earlyHints = undefined;
  if (stream.request.version !== "1.0")
    stream.exchange.inform({ status: 103, reason: "Early Hints", version: "1.1", headers });
}
