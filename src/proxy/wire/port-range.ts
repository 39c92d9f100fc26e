/** Ports that connections come from, taken in turn; each thread begins somewhere else. */
export class PortRange {
  readonly from: number;
  readonly size: number;
  #next: number;

  constructor(from: number, to: number) {
    this.from = from;
    this.size = to - from + 1;
    this.#next = Math.floor(Math.random() * this.size);
  }

  take(): number {
    const port = this.from + this.#next;
    this.#next = (this.#next + 1) % this.size;
    return port;
  }
}
