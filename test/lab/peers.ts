import { once } from "node:events";
import type { TestContext } from "node:test";
import { Worker } from "node:worker_threads";
import type { Place } from "./netlink-places.js";

export type PeerProtocol = "tcp" | "udp" | "sctp";

/** Where a peer is, and what it answers at. */
export interface PeerPlace {
  readonly namespace: number;
  readonly listen: readonly { readonly address: string; readonly port: number }[];
}

/** What a peer is to say to whom. */
export interface Question {
  readonly protocol: PeerProtocol;
  readonly own: string;
  readonly ownPort: number;
  readonly virtual: string;
  readonly port: number;
  readonly bytes: Uint8Array;
  /** Milliseconds. */
  readonly patience: number;
}

/** What a peer was told. */
export interface Heard {
  readonly protocol: PeerProtocol;
  readonly at: string;
  readonly bytes: Uint8Array;
}

/** A host's programs: TCP and UDP by Node, SCTP by raw sockets, in a thread of their own. */
export class Peer {
  /** All that it was told so far. */
  readonly heard: Heard[] = [];
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (message: object) => {
      if ("protocol" in message) this.heard.push(message as Heard);
    });
  }

  static async start(t: TestContext, place: Place, listen: PeerPlace["listen"] = []): Promise<Peer> {
    const workerData: PeerPlace = { namespace: place.namespace, listen };
    const worker = new Worker(new URL("./peer-worker.js", import.meta.url), { workerData });
    t.after(() => worker.terminate());
    await once(worker, "message");
    return new Peer(worker);
  }

  /** The answer, or why there is none. */
  async ask(question: Omit<Question, "patience">): Promise<Uint8Array | string> {
    this.#worker.postMessage({ patience: 3000, ...question });
    const [reply] = (await once(this.#worker, "message")) as [{ answer: Uint8Array } | { error: string }];
    return "answer" in reply ? reply.answer : reply.error;
  }
}
