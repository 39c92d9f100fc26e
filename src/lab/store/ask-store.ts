import { type IncomingMessage, request } from "node:http";
import type { Readable } from "node:stream";
import type { StorePlace } from "./place.js";

/** The store can't be asked: the sentence says why. */
export class StoreGone extends Error {}

/** Who had something for the store went in the middle of it. */
class BrokenOff extends Error {}

/** What is asked of a store. */
interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it comes. It may be slow; only the store may not. */
  readonly body?: Readable;
  /** How long the store may be silent when it is its turn, in milliseconds. */
  readonly patience: number;
}

/**
 * Asks a store's file service, each time over a connection of its own: an old one could have gone without a word.
 * @returns its answer, whose body is still to come; it may be an error that it told before it had all of the question.
 * @throws StoreGone; something else if the body breaks off.
 */
export function askStore(
  { name, address, port }: StorePlace,
  { method, path, headers = {}, body, patience }: Question,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let connected = false;
    const seconds = `${patience / 1000} s`;
    const turn = new Turn(patience, () =>
      asked.destroy(
        new Error(connected ? `has not answered for ${seconds}` : `accepts no connection within ${seconds}`),
      ),
    );
    const asked = request({ host: address, port, method, path, agent: false, headers: { ...headers } });
    turn.begin();
    asked.once("socket", (socket) =>
      socket.once("connect", () => {
        connected = true;
        // While there is something to send, it is the turn of who sends it.
        if (!body || asked.writableNeedDrain || asked.writableEnded) turn.begin();
        else turn.end();
      }),
    );
    let leave = () => {};
    if (body) leave = send(body, asked, turn);
    else asked.end();
    asked.once("response", (answer) => {
      turn.end();
      leave();
      answer.on("error", () => {}); // That it broke off is told by "close".
      answer.once("end", () => asked.destroy()).once("close", () => asked.destroy());
      resolve(answer);
    });
    asked.on("error", (error) => {
      turn.end();
      leave();
      if (error instanceof BrokenOff) reject(error);
      else reject(new StoreGone(`the store ${name} (${address}:${port}) ${wordsFor(error)}`));
    });
  });
}

/** Sends a body on as it comes, and as the store takes it. Gives what stops that. */
function send(body: Readable, asked: ReturnType<typeof request>, turn: Turn): () => void {
  const resume = () => {
    turn.end();
    body.resume();
  };
  const onData = (chunk: Buffer) => {
    if (asked.write(chunk)) return;
    body.pause();
    turn.begin();
    asked.once("drain", resume);
  };
  const onEnd = () => {
    body.off("close", onClose);
    asked.end();
    turn.begin();
  };
  // Half a file is none.
  const onClose = () => asked.destroy(new BrokenOff("the client broke off"));
  body.on("data", onData).once("end", onEnd).once("close", onClose);
  return () => {
    asked.off("drain", resume);
    body.off("data", onData).off("end", onEnd).off("close", onClose);
  };
}

/** Somebody's time to do something. */
export class Turn {
  #timer: NodeJS.Timeout | undefined;
  readonly #milliseconds: number;
  readonly #over: () => void;

  constructor(milliseconds: number, over: () => void) {
    this.#milliseconds = milliseconds;
    this.#over = over;
  }

  /** From now on, all of it. */
  begin(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#over, this.#milliseconds);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function wordsFor({ code, message }: NodeJS.ErrnoException): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: "refuses connections: its file service does not run",
    ECONNRESET: "broke the connection off",
    EPIPE: "broke the connection off",
    EHOSTUNREACH: "can't be reached: no route to host",
    ENETUNREACH: "can't be reached: network unreachable",
    ETIMEDOUT: "accepts no connection",
  };
  return words[code ?? ""] ?? message;
}
