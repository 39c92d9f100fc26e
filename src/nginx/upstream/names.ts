import { bareHost } from "./address.js";
import type { Found, Lookup } from "./lookup.js";

const FIRST_RETRY_MS = 1_000;
const RETRY_MS = 10_000;
/** Also what is said to hold for no time is kept for so long. */
const LEAST_MS = 1_000;

export interface NameHandler {
  onAddresses(addresses: readonly string[]): void;
  /** It doesn't resolve; said when that begins, not each time. */
  onFailed(name: string, error: Error): void;
}

/**
 * A server's name: resolved at once, again until that has worked, and with `resolve` also afterwards. What was found last holds while it can't be
 * resolved.
 */
export class Name {
  readonly #name: string;
  readonly #again: boolean;
  readonly #lookup: Lookup;
  readonly #handler: NameHandler;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;
  /** When the first answer, good or not, is there. */
  readonly first: Promise<void>;

  constructor(host: string, again: boolean, lookup: Lookup, handler: NameHandler) {
    this.#name = bareHost(host);
    this.#again = again;
    this.#lookup = lookup;
    this.#handler = handler;
    this.first = this.#ask();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    let found: Found;
    try {
      found = await this.#lookup(this.#name);
      if (found.addresses.length === 0) throw new Error("it has no address");
    } catch (error) {
      this.#failed(error as Error);
      return;
    }
    if (this.#closed) return;
    this.#failures = 0;
    this.#handler.onAddresses(found.addresses);
    if (this.#again) this.#askAfter(Math.max(LEAST_MS, found.ttlMs ?? RETRY_MS));
  }

  #failed(error: Error): void {
    if (this.#closed) return;
    this.#failures++;
    if (this.#failures === 1) this.#handler.onFailed(this.#name, error);
    this.#askAfter(this.#failures === 1 ? FIRST_RETRY_MS : RETRY_MS);
  }

  #askAfter(ms: number): void {
    this.#timer = setTimeout(() => void this.#ask(), ms);
    this.#timer.unref();
  }
}
