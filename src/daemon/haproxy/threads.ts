import { parentPort, Worker, workerData } from "node:worker_threads";
import { type LinkMessage, PortLink } from "../../haproxy/assemble/thread-link.js";
import { rondoPath } from "../../package-root.js";

/** What a further thread is started with. */
export interface ThreadData {
  readonly thread: number;
  readonly threads: number;
  readonly pieces: ReadonlyMap<string, SharedArrayBuffer>;
  /** Descriptors that listen, by listener; they are this thread's own. */
  readonly sockets: ReadonlyMap<number, number>;
  /** What the configuration is made of, and whatever else the thread's program wants. */
  readonly data: unknown;
}

type Down = { readonly down: "start" } | { readonly down: "link"; readonly message: LinkMessage };
type Up =
  | { readonly up: "loaded" }
  | { readonly up: "started" }
  | { readonly up: "link"; readonly message: LinkMessage; readonly to: number | "others" };

/** Says to this program, begun as a thread, that it is one. */
export const threadWord = "--thread";

/** The further threads of a process, and the first thread's end of the link. */
export class Threads {
  readonly link: PortLink;
  readonly #workers = new Map<number, Worker>();
  readonly #loaded: Promise<unknown>[] = [];
  readonly #started: Promise<unknown>[] = [];
  /** A thread that ended unasked: the process can't go on without it. */
  onLost: (thread: number, error: Error | undefined) => void = () => {};
  #ending = false;

  constructor(threads: number) {
    this.link = new PortLink(0, threads, (message, to) => this.#pass(message, to, 0));
  }

  /** Begins to load them; memory has to be laid out by then. */
  begin(make: (thread: number) => ThreadData): void {
    for (let thread = 1; thread < this.link.threads; thread++) {
      const worker = new Worker(rondoPath, {
        argv: ["haproxy", threadWord],
        workerData: make(thread),
        // Standard streams of a thread go through the first one's event loop: nothing of ours writes there.
        name: `haproxy/${thread}`,
      });
      this.#workers.set(thread, worker);
      const heard = (what: Up["up"]) =>
        new Promise<void>((resolve) => {
          const listener = (message: Up) => {
            if (message.up !== what) return;
            worker.off("message", listener);
            resolve();
          };
          worker.on("message", listener);
        });
      this.#loaded.push(heard("loaded"));
      this.#started.push(heard("started"));
      worker.on("message", (message: Up) => {
        if (message.up === "link") this.#pass(message.message, message.to, thread);
      });
      let failure: Error | undefined;
      worker.on("error", (error) => {
        failure = error as Error;
      });
      worker.on("exit", () => {
        this.#workers.delete(thread);
        if (!this.#ending) this.onLost(thread, failure);
      });
    }
  }

  /** They have read their code and configuration. */
  async loaded(): Promise<void> {
    await Promise.all(this.#loaded);
  }

  /** They accept connections. */
  async start(): Promise<void> {
    for (const worker of this.#workers.values()) worker.postMessage({ down: "start" } satisfies Down);
    await Promise.all(this.#started);
  }

  end(): void {
    this.#ending = true;
    for (const worker of this.#workers.values()) void worker.terminate();
  }

  #pass(message: LinkMessage, to: number | "others", from: number): void {
    if (from !== 0 && (to === 0 || to === "others")) this.link.hear(message);
    for (const [thread, worker] of this.#workers)
      if (thread !== from && (to === "others" || to === thread))
        worker.postMessage({ down: "link", message } satisfies Down);
  }
}

/** What a further thread runs: it loads at once, and starts when it is told to. */
export interface ThreadProgram {
  load(data: ThreadData, link: PortLink): Promise<void>;
  start(): Promise<void>;
}

/** Of a further thread: runs the program; never returns while the thread lives. */
export async function runThread(program: ThreadProgram): Promise<void> {
  const port = parentPort!;
  const data = workerData as ThreadData;
  const send = (message: Up) => port.postMessage(message);
  const link = new PortLink(data.thread, data.threads, (message, to) => send({ up: "link", message, to }));
  const start = new Promise<void>((resolve) => {
    port.on("message", (message: Down) => {
      if (message.down === "start") resolve();
      else link.hear(message.message);
    });
  });
  await program.load(data, link);
  send({ up: "loaded" });
  await start;
  await program.start();
  send({ up: "started" });
  await new Promise(() => {});
}
