const size = 128;

/**
 * Texts of `server_key` that were sent over a connection: the second time their number is enough (PEER_STKT_CACHE_MAX_ENTRIES of peers.c). Numbers go
 * round; the other side does the same with what it is sent.
 */
export class DictionaryCache {
  readonly sent: (string | undefined)[] = new Array(size).fill(undefined);
  readonly received: (string | undefined)[] = new Array(size).fill(undefined);
  #next = 0;
  readonly #numbers = new Map<string, number>();

  /** The number by which a text is known, from 1, and whether the text goes with it. */
  send(text: string): { readonly number: number; readonly isNew: boolean } {
    const known = this.#numbers.get(text);
    if (known !== undefined) return { number: known + 1, isNew: false };
    const number = this.#next;
    this.#next = (number + 1) % size;
    const old = this.sent[number];
    if (old !== undefined) this.#numbers.delete(old);
    this.sent[number] = text;
    this.#numbers.set(text, number);
    return { number: number + 1, isNew: true };
  }

  /** false: no such number. */
  receive(number: number, text: string): boolean {
    if (number < 1 || number > size) return false;
    this.received[number - 1] = text;
    return true;
  }

  isNumber(number: number): boolean {
    return number >= 1 && number <= size;
  }
}
