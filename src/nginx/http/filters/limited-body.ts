import type { AnswerBody } from "../answer/send.js";
import type { HttpRequest } from "../request.js";

const tickMs = 100;

/**
 * Gives a body on no faster than so many bytes a second, but for its beginning (limit_rate, limit_rate_after): after so many seconds so many seconds'
 * bytes and one more second's have gone, as nginx counts it.
 */
export class LimitedBody implements AnswerBody {
  onDrain: () => void = () => {};
  readonly #out: AnswerBody;
  readonly #rate: number;
  readonly #after: number;
  readonly #beganAt = performance.now();
  #sent = 0;
  #waiting: Buffer[] = [];
  #ended = false;
  #timer: NodeJS.Timeout | undefined;
  #full = false;

  constructor(request: HttpRequest, out: AnswerBody, rate: number, after: number) {
    this.#out = out;
    this.#rate = rate;
    this.#after = after;
    out.onDrain = () => {
      this.#full = false;
      this.#give();
    };
    request.onEnd.push(() => clearTimeout(this.#timer));
  }

  write(bytes: Uint8Array): boolean {
    this.#waiting.push(Buffer.from(bytes));
    this.#give();
    return this.#waiting.length === 0;
  }

  end(): void {
    this.#ended = true;
    this.#give();
  }

  #give(): void {
    clearTimeout(this.#timer);
    const hadSome = this.#waiting.length > 0;
    while (!this.#full && this.#waiting.length > 0) {
      const may = this.#allowed();
      if (may <= 0) {
        this.#timer = setTimeout(() => this.#give(), tickMs);
        return;
      }
      const first = this.#waiting[0] as Buffer;
      const part = first.subarray(0, may);
      if (part.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(part.length);
      this.#sent += part.length;
      if (!this.#out.write(part)) this.#full = true;
    }
    if (this.#waiting.length > 0) return;
    if (this.#ended) this.#out.end();
    else if (hadSome) this.onDrain();
  }

  #allowed(): number {
    const seconds = Math.floor((performance.now() - this.#beganAt) / 1000) + 1;
    return Math.floor(this.#rate * seconds - (this.#sent - this.#after));
  }
}
