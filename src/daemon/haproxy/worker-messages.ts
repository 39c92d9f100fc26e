/** What a worker tells its master, by Node's IPC. */
export type FromWorker =
  /** It accepts connections. */
  | { readonly kind: "ready" }
  /** Soft stop has begun: it has closed what listens. */
  | { readonly kind: "stopping" }
  /** It has closed one of its listeners for good (`shutdown frontend`). */
  | { readonly kind: "closed"; readonly listener: number }
  /** A piece of what a command at the runtime socket answers; the last one has `end`. */
  | { readonly kind: "answer"; readonly id: number; readonly text: string; readonly end: boolean };

/** What a master tells a worker: a command line for its runtime socket, as if it had come there. */
export type ToWorker =
  | {
      readonly kind: "command";
      readonly id: number;
      readonly line: string;
      readonly level: "user" | "operator" | "admin";
    }
  /** Who asked is gone. */
  | { readonly kind: "cancel"; readonly id: number };
