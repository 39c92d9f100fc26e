import type { SharedMemory } from "../../proxy/index.js";
import { SpinLock } from "./spin-lock.js";

const arenaBytes = 8 * 1024 * 1024; // taken from the kernel as it is written
const headerWords = 4; // lock, number of texts, bytes used

/**
 * Texts by number, the same in all threads: what tables store as `server_key`. They are few (names or addresses of servers), and are
 * never forgotten; when the room is used up a new text has number 0, which is none.
 *
 *     4 bytes length | text, latin1 | … to a multiple of four
 */
export class Dictionary {
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #lock: SpinLock;
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [""];
  #read = 4 * headerWords;

  constructor(memory: SharedMemory) {
    const shared = memory.bytes("table texts", arenaBytes);
    this.#words = new Int32Array(shared);
    this.#bytes = Buffer.from(shared);
    this.#lock = new SpinLock(this.#words, 0);
  }

  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#lock.take();
    try {
      this.#learn();
      const learned = this.#numbers.get(text);
      if (learned !== undefined) return learned;
      const from = this.#read;
      const next = from + 4 + Math.ceil(text.length / 4) * 4;
      if (next > this.#bytes.length) return 0;
      this.#words[from >> 2] = text.length;
      this.#bytes.write(text, from + 4, "latin1");
      this.#words[1] = (this.#words[1] as number) + 1;
      this.#learn();
      return this.#numbers.get(text) ?? 0;
    } finally {
      this.#lock.free();
    }
  }

  text(number: number): string | undefined {
    if (number <= 0) return undefined;
    if (number >= this.#texts.length) {
      this.#lock.take();
      this.#learn();
      this.#lock.free();
    }
    return this.#texts[number];
  }

  /** Reads what other threads added. */
  #learn(): void {
    while (this.#texts.length <= (this.#words[1] as number)) {
      const length = this.#words[this.#read >> 2] as number;
      const text = this.#bytes.toString("latin1", this.#read + 4, this.#read + 4 + length);
      this.#numbers.set(text, this.#texts.length);
      this.#texts.push(text);
      this.#read += 4 + Math.ceil(length / 4) * 4;
    }
  }
}
