/**
 * How fast datagrams of one direction may go (ngx_stream_proxy_process): each goes whole, and the next one when the time that it should have taken is
 * over, if by then so many bytes may have gone.
 */
export class DatagramPace {
  readonly #rate: number;
  readonly #begun = wholeSeconds();
  #until = 0;

  /** @param rate bytes a second; 0: any */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Milliseconds until the next one may go, where so many bytes have gone; 0: now. */
  waitMs(gone: number): number {
    if (this.#rate === 0) return 0;
    const now = performance.now();
    const room = this.#rate * (wholeSeconds() - this.#begun + 1) - gone;
    if (now >= this.#until && room <= 0) this.#until = now + (-room * 1000) / this.#rate + 1;
    return Math.max(0, this.#until - now);
  }

  went(length: number): void {
    if (this.#rate > 0) this.#until = performance.now() + (length * 1000) / this.#rate;
  }
}

const wholeSeconds = () => Math.floor(performance.now() / 1000);
