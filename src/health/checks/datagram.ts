import { close, connect, inetAddress, receive, sendTo } from "../../sys/index.js";
import { type Answer, type Trouble, troubleOf } from "./answer.js";
import { type Connection, ownSocket } from "./own-socket.js";
import type { AskWorld } from "./question.js";

export interface Exchange {
  readonly connection: Connection;
  /** SOCK_DGRAM or SOCK_RAW, and the protocol. */
  readonly type: number;
  readonly protocol?: number;
  /** Milliseconds in all. */
  readonly timeout: number;
  readonly payload: Uint8Array;
  /** Sets what else the socket has to have. */
  prepare?(fd: number): void;
  /** What a datagram of the other side means; undefined: another one is awaited. */
  heard(bytes: Buffer): Answer | undefined;
  trouble(trouble: Trouble): Answer;
}

/** So many datagrams that mean nothing are looked at; a flood of them makes a check neither endless nor slow for others. */
const most = 1000;
const atOnce = 32;
const buffer = Buffer.alloc(65_536);

/** Sends one datagram and waits for an answer. Never rejects; the socket is closed before it resolves. */
export function exchange(options: Exchange, world: AskWorld, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    let at: Trouble["at"] = "connect";
    let fd: number | undefined;
    let seen = 0;
    let timer: NodeJS.Timeout | undefined;
    const end = (answer: Answer) => {
      if (fd === undefined && at === "talk") return;
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      if (fd !== undefined) {
        world.sockets().remove(fd);
        close(fd);
      }
      fd = undefined;
      at = "talk";
      resolve(answer);
    };
    const trouble = (kind: Trouble["kind"], code = "") => end(options.trouble({ at, kind, code }));
    const stop = () => trouble("stopped");
    const read = () => {
      for (let i = 0; i < atOnce && fd !== undefined; i++) {
        const length = receive(fd, buffer);
        if (length === undefined) return;
        const answer = options.heard(Buffer.from(buffer.subarray(0, length)));
        if (answer) return end(answer);
        if (++seen >= most) return trouble("timeout");
      }
    };
    const fail = (error: unknown) => end(options.trouble(troubleOf(error, at)));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop);
    try {
      fd = ownSocket(options.connection, options.type, options.protocol);
      options.prepare?.(fd);
      const { address, port } = options.connection.connect;
      connect(fd, inetAddress(address.bytes, port));
      world.sockets().add(fd, () => {
        try {
          read();
        } catch (error) {
          fail(error);
        }
      });
      const sent = sendTo(fd, options.payload);
      at = "talk";
      if (sent === undefined) return trouble("own", "EAGAIN");
      // What has come is looked at first: this process may have been late itself.
      timer = setTimeout(() => setImmediate(() => trouble("timeout")), options.timeout);
    } catch (error) {
      fail(error);
    }
  });
}
