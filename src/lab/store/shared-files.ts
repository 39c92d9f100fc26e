import type { IncomingMessage, ServerResponse } from "node:http";
import { askStore, StoreGone, Turn } from "./ask-store.js";
import { type StorePlace, sharedFolder } from "./place.js";
import { Refusal, refuse } from "./refusal.js";

/** How long a store may be silent when it is asked, and how long to wait before it is asked again, in milliseconds. */
const usualPatience = 2000;
const usualRest = 500;

/** What an answer of the store's has that clients get. */
const handedOn = ["Content-Type", "Content-Length", "ETag", "Location", "Allow"] as const;
/** An error is a line of text. */
const longestError = 10_000;

/**
 * What a web server does with its store: files that it hasn't itself it has from there, and below /shared/ clients may read,
 * PUT and DELETE. It keeps nothing: all web servers show the same at any time. A store that has gone is asked by nobody but a
 * probe, until it is back; meanwhile requests are answered at once, with 503 and the reason.
 */
export class SharedFiles {
  readonly #store: StorePlace;
  readonly #patience: number;
  readonly #rest: number;
  #gone: StoreGone | undefined;
  #probe: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(store: StorePlace, options: { readonly patience?: number; readonly rest?: number } = {}) {
    this.#store = store;
    this.#patience = options.patience ?? usualPatience;
    this.#rest = options.rest ?? usualRest;
  }

  /** Whether requests for a path are the store's, whatever the web server has itself. */
  owns(path: string): boolean {
    return path === sharedFolder || path.startsWith(`${sharedFolder}/`);
  }

  /** Answers a request by the store. */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    response.on("error", () => {}); // Whoever breaks off has no need of the rest.
    try {
      if (this.#gone) throw this.#gone;
      const answered = await this.#ask(request, path);
      if ((answered.statusCode ?? 0) >= 400) throw await this.#errorOf(answered);
      this.#handOn(answered, response);
    } catch (error) {
      if (error instanceof StoreGone) {
        this.#lose(error);
        refuse(request, response, new Refusal(503, error.message, { "Retry-After": "1" }));
      } else refuse(request, response, error);
    }
  }

  /** Has no probe go on. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#probe);
  }

  #ask(request: IncomingMessage, path: string): Promise<IncomingMessage> {
    const { method = "GET", headers } = request;
    const allow =
      path.startsWith(`${sharedFolder}/`) && path !== `${sharedFolder}/`
        ? "GET, HEAD, PUT, DELETE"
        : "GET, HEAD";
    if (!allow.split(", ").includes(method))
      throw new Refusal(405, `only ${allow} of ${path}`, { Allow: allow });
    const patience = this.#patience;
    if (method === "PUT") {
      const length = headers["content-length"];
      const known: Record<string, string> = length === undefined ? {} : { "Content-Length": length };
      return askStore(this.#store, { method, path, headers: known, body: request, patience });
    }
    const tag = headers["if-none-match"];
    const known: Record<string, string> = tag === undefined ? {} : { "If-None-Match": tag };
    return askStore(this.#store, { method, path, headers: known, patience });
  }

  #handOn(answered: IncomingMessage, response: ServerResponse): void {
    for (const name of handedOn) {
      const value = answered.headers[name.toLowerCase()];
      if (value === undefined) response.removeHeader(name);
      else response.setHeader(name, value);
    }
    response.writeHead(answered.statusCode!);
    const turn = new Turn(this.#patience, () => {
      const { name, address, port } = this.#store;
      this.#lose(new StoreGone(`the store ${name} (${address}:${port}) fell silent in the middle of a file`));
      answered.destroy();
    });
    turn.begin();
    const resume = () => {
      answered.resume();
      turn.begin();
    };
    answered.on("data", (chunk: Buffer) => {
      if (response.write(chunk)) turn.begin();
      else {
        turn.end(); // It is the client's turn, who may take its time.
        answered.pause();
        response.once("drain", resume);
      }
    });
    answered.once("end", () => response.end());
    answered.once("close", () => {
      turn.end();
      if (!answered.complete) response.destroy(); // Half a file must not look whole.
    });
    response.once("close", () => answered.destroy());
  }

  /** From now on only a probe asks it, until it answers. */
  #lose(why: StoreGone): void {
    const known = this.#gone !== undefined;
    this.#gone = why;
    if (!known) this.#probeLater();
  }

  #probeLater(): void {
    if (this.#closed) return;
    this.#probe = setTimeout(async () => {
      try {
        const answered = await askStore(this.#store, { method: "HEAD", path: "/", patience: this.#patience });
        answered.resume();
        this.#gone = undefined;
      } catch (error) {
        this.#gone = error as StoreGone;
        this.#probeLater();
      }
    }, this.#rest);
  }

  /** The error that the store told. @throws StoreGone */
  async #errorOf(answered: IncomingMessage): Promise<Refusal> {
    const timer = setTimeout(() => answered.destroy(), this.#patience);
    let text = "";
    try {
      for await (const chunk of answered.setEncoding("utf8")) text = `${text}${chunk}`.slice(0, longestError);
    } catch {
      throw new StoreGone(`the store ${this.#store.name} broke off in the middle of an answer`);
    } finally {
      clearTimeout(timer);
    }
    const { allow } = answered.headers;
    return new Refusal(answered.statusCode!, text.trim(), allow === undefined ? {} : { Allow: allow });
  }
}
