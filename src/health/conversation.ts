import { connect, type Socket } from "node:net";
import { failure, type ProbeResult, type Target } from "./probe.js";

/** What a probe does with its connection; it calls `end` once it knows. Later calls do nothing. */
type Talk = (socket: Socket, end: (result: ProbeResult) => void) => void;

/** Connects, has `talk` find out, and closes, all within `timeout` milliseconds. */
export function converse(
  { address, port }: Target,
  timeout: number,
  signal: AbortSignal | undefined,
  talk: Talk,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    let connected = false;
    const socket = connect({ host: `${address}`, port });
    const end = (result: ProbeResult) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      socket.destroy();
      resolve(result);
    };
    const stop = () => end({ outcome: "unknown", detail: "interrupted" });
    const timer = setTimeout(
      () => end({ outcome: "failed", detail: connected ? "no answer in time" : "no connection in time" }),
      timeout,
    );
    signal?.addEventListener("abort", stop);
    // Stays for good: an error may still come after the end.
    socket.on("error", (error) => end(failure(error)));
    socket.once("connect", () => {
      connected = true;
      talk(socket, end);
    });
    if (signal?.aborted) stop();
  });
}
