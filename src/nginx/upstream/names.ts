import type { UpstreamServer } from "../../config/nginx/model/index.js";
import { bareHost } from "./address.js";
import type { Found, Lookup } from "./lookup.js";
import { failureText, isNoName } from "./resolve-failure.js";
import type { FoundAddress } from "./table.js";

const FIRST_RETRY_MS = 1_000;
const RETRY_MS = 10_000;
/** Also what is said to hold for no time is kept for so long. */
const LEAST_MS = 1_000;

export interface NameHandler {
  onAddresses(addresses: readonly FoundAddress[]): void;
  /** It doesn't resolve, with nginx's sentence of it; of a name that is resolved once it is said when that begins, not each time. */
  onFailed(name: string, why: string): void;
}

/**
 * A server's name: resolved at once, again until that has worked, and with `resolve` also afterwards. What was found last holds while it can't be
 * resolved; one that is resolved while running loses its addresses when there is no such name any more (NXDOMAIN, or no records).
 */
export class Name {
  readonly #name: string;
  readonly #service: string | undefined;
  readonly #again: boolean;
  readonly #isBackup: boolean;
  readonly #lookup: Lookup;
  readonly #handler: NameHandler;
  readonly #retryMs: number;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;
  /** When the first answer, good or not, is there. */
  readonly first: Promise<void>;

  constructor(
    { host, resolve, service, backup }: UpstreamServer,
    lookup: Lookup,
    handler: NameHandler,
    retryMs: number = RETRY_MS,
  ) {
    this.#name = bareHost(host);
    this.#service = service;
    this.#again = resolve;
    this.#isBackup = backup;
    this.#lookup = lookup;
    this.#handler = handler;
    this.#retryMs = retryMs;
    this.first = this.#ask();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    let found: Found;
    try {
      found = await this.#lookup(this.#name, this.#service);
    } catch (error) {
      this.#failed(error as Error);
      return;
    }
    if (this.#closed) return;
    if (found.addresses.length === 0 && !this.#again) {
      this.#failed(new Error("it has no address"));
      return;
    }
    this.#failures = 0;
    // SRV records: a server that is a backup itself is those of the best rank.
    const { addresses } = found;
    this.#handler.onAddresses(this.#isBackup ? addresses.filter(({ backup }) => backup !== true) : addresses);
    if (this.#again) this.#askAfter(Math.max(LEAST_MS, found.ttlMs ?? RETRY_MS));
  }

  #failed(error: Error): void {
    if (this.#closed) return;
    this.#failures++;
    const of = this.#service === undefined ? this.#name : `service ${this.#service} of ${this.#name}`;
    const why = `${of} could not be resolved (${failureText(error)})`;
    if (this.#again || this.#failures === 1) this.#handler.onFailed(this.#name, why);
    if (this.#again && isNoName(error)) this.#handler.onAddresses([]);
    if (this.#again) this.#askAfter(this.#retryMs);
    else this.#askAfter(this.#failures === 1 ? FIRST_RETRY_MS : RETRY_MS);
  }

  #askAfter(ms: number): void {
    this.#timer = setTimeout(() => void this.#ask(), ms);
    this.#timer.unref();
  }
}
