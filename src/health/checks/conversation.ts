import type { Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { type Answer, type Trouble, troubleOf } from "./answer.js";
import type { Connection } from "./own-socket.js";
import type { AskWorld } from "./question.js";
import { type Opening, openStream } from "./stream.js";

/** What a check does with its connection. */
export interface Line {
  send(bytes: string | Uint8Array): void;
  /** The other side has said something good: it has another step's time. */
  progress(): void;
  /** The check knows. Later calls do nothing. */
  end(answer: Answer): void;
}

export interface Talk {
  /** The connection is there. */
  begin(line: Line): void;
  /** Bytes have come. */
  heard(bytes: Buffer, line: Line): void;
  /** The other side has closed. */
  closed(line: Line): void;
  /** It came to nothing. */
  trouble(trouble: Trouble): Answer;
}

export interface TalkOptions {
  readonly connection: Connection;
  /** Milliseconds for connecting, and for each step after it. */
  readonly step: number;
  /** TLS on it. */
  readonly tls?: ConnectionOptions;
}

/** A whole conversation takes no more than this many steps' time: who says one byte a second holds no check up for ever. */
export const stepsAtMost = 4;

/** Connects, talks, and closes. Never rejects; all that it holds is let go before it resolves. */
export function converse(
  { connection, step, tls }: TalkOptions,
  talk: Talk,
  world: AskWorld,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve) => {
    let at: Trouble["at"] = "connect";
    let opening: Opening | undefined;
    const sockets: Socket[] = [];
    let over = false;
    let stepTimer: NodeJS.Timeout | undefined;
    const end = (answer: Answer) => {
      if (over) return;
      over = true;
      clearTimeout(stepTimer);
      clearTimeout(wholeTimer);
      signal.removeEventListener("abort", stop);
      opening?.abandon();
      for (const socket of sockets) socket.destroy();
      resolve(answer);
    };
    const trouble = (kind: Trouble["kind"], code = "") => over || end(talk.trouble({ at, kind, code }));
    const fail = (error: unknown) => over || end(talk.trouble(troubleOf(error, at)));
    const stop = () => trouble("stopped");
    let steps = 0;
    const late = () => trouble("timeout");
    const progress = () => {
      clearTimeout(stepTimer);
      const number = ++steps;
      // What has come is looked at first: this process may have been late itself.
      const overdue = () => setImmediate(() => number === steps && late());
      if (!over) stepTimer = setTimeout(overdue, step);
    };
    const line: Line = {
      send: (bytes) => void (over || sockets.at(-1)?.write(bytes)),
      progress,
      end,
    };
    const listen = (socket: Socket) => {
      at = "talk";
      progress();
      socket.on("data", (bytes) => void (over || talk.heard(bytes, line)));
      socket.once("end", () => void (over || talk.closed(line)));
      // Without an error and without an end: torn off.
      socket.once("close", () => void (over || talk.closed(line)));
      talk.begin(line);
    };
    progress();
    const wholeTimer = setTimeout(late, stepsAtMost * step);
    signal.addEventListener("abort", stop);
    if (signal.aborted) return stop();
    opening = openStream(
      connection,
      world,
      (socket) => {
        sockets.push(socket);
        socket.on("error", fail);
        if (!tls) return listen(socket);
        at = "handshake";
        try {
          const secure = connectTls({ ...tls, socket });
          sockets.push(secure);
          secure.on("error", fail);
          secure.once("close", () => void (over || at === "talk" || trouble("failed")));
          secure.once("secureConnect", () => listen(secure));
        } catch (error) {
          fail(error);
        }
      },
      fail,
    );
  });
}
