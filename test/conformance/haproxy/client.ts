import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What a client does on one connection, and when it has enough. */
export interface Talk {
  /** Pieces, sent one after the other; each but the first after so many milliseconds. */
  readonly send: readonly string[];
  readonly pauseMs?: number;
  /** FIN after the last piece. */
  readonly fin?: boolean;
  /** It ends when this has come, or else with the connection. */
  readonly until?: RegExp;
}

const patience = 15_000;

/** What came back, and whether the connection was ended ("fin", "reset") or left open by who answered. */
export function talk(
  port: number,
  { send, pauseMs = 20, fin = false, until }: Talk,
): Promise<{ text: string; end: string }> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: fin });
    let text = "";
    const done = (end: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, end });
    };
    const timer = setTimeout(() => done("no end"), patience);
    socket.on("data", (data) => {
      text += data.toString("latin1");
      if (until?.test(text)) done("open");
    });
    socket.once("end", () => done("fin"));
    socket.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? "error"));
    socket.once("close", () => done("closed"));
    void (async () => {
      for (const [index, piece] of send.entries()) {
        if (index > 0) await sleep(pauseMs);
        if (socket.destroyed) return;
        socket.write(Buffer.from(piece, "latin1"));
      }
      if (fin) socket.end();
    })();
  });
}
