/**
 * How the threads of a process talk: what one sends reaches all others, in order. A question is answered by every other thread.
 *
 * Topics are short words; a message is whatever structured cloning takes.
 */
export interface ThreadLink {
  /** This thread's number, from 0, and how many there are. */
  readonly thread: number;
  readonly threads: number;
  broadcast(topic: string, message: unknown): void;
  on(topic: string, listener: (message: unknown, from: number) => void): void;
  /** Answers of the others, in the order of their numbers; without those that don't answer in time. */
  ask(topic: string, question: unknown): Promise<readonly unknown[]>;
  answer(topic: string, answer: (question: unknown, from: number) => unknown): void;
}

/** What goes over a port between two threads. */
export type LinkMessage =
  | { readonly kind: "tell"; readonly topic: string; readonly from: number; readonly message: unknown }
  | {
      readonly kind: "ask";
      readonly topic: string;
      readonly from: number;
      readonly id: number;
      readonly message: unknown;
    }
  | {
      readonly kind: "reply";
      readonly to: number;
      readonly from: number;
      readonly id: number;
      readonly message: unknown;
    };

const patience = 2000; // milliseconds

/** A thread's end of the link. `post` hands a message to the others: the first thread's goes to each, another's to the first, which passes it on. */
export class PortLink implements ThreadLink {
  readonly thread: number;
  readonly threads: number;
  readonly #post: (message: LinkMessage, to: number | "others") => void;
  readonly #listeners = new Map<string, ((message: unknown, from: number) => void)[]>();
  readonly #answers = new Map<string, (question: unknown, from: number) => unknown>();
  readonly #waiting = new Map<number, { left: number; replies: Map<number, unknown>; done: () => void }>();
  #nextId = 1;

  constructor(thread: number, threads: number, post: (message: LinkMessage, to: number | "others") => void) {
    this.thread = thread;
    this.threads = threads;
    this.#post = post;
  }

  broadcast(topic: string, message: unknown): void {
    if (this.threads > 1) this.#post({ kind: "tell", topic, from: this.thread, message }, "others");
  }

  on(topic: string, listener: (message: unknown, from: number) => void): void {
    const list = this.#listeners.get(topic);
    if (list) list.push(listener);
    else this.#listeners.set(topic, [listener]);
  }

  answer(topic: string, answer: (question: unknown, from: number) => unknown): void {
    this.#answers.set(topic, answer);
  }

  ask(topic: string, question: unknown): Promise<readonly unknown[]> {
    if (this.threads === 1) return Promise.resolve([]);
    const id = this.#nextId++;
    const replies = new Map<number, unknown>();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve([...replies].sort(([a], [b]) => a - b).map(([, reply]) => reply));
      };
      const timer = setTimeout(done, patience);
      timer.unref();
      this.#waiting.set(id, { left: this.threads - 1, replies, done });
      this.#post({ kind: "ask", topic, from: this.thread, id, message: question }, "others");
    });
  }

  hear(message: LinkMessage): void {
    if (message.kind === "tell") {
      for (const listener of this.#listeners.get(message.topic) ?? [])
        listener(message.message, message.from);
    } else if (message.kind === "ask") {
      const { id, from, topic } = message;
      void Promise.resolve(this.#answers.get(topic)?.(message.message, from)).then((reply) =>
        this.#post({ kind: "reply", to: from, from: this.thread, id, message: reply }, from),
      );
    } else {
      const waiting = this.#waiting.get(message.id);
      if (!waiting) return;
      waiting.replies.set(message.from, message.message);
      if (--waiting.left === 0) waiting.done();
    }
  }
}
