import type { LogTarget } from "../../config/haproxy/model/index.js";
import type { RingRun } from "../run/index.js";
import { type LineAround, lineHeader } from "./header.js";

/** What each message takes in a ring beside its text (the counters before it, and its length). */
const overhead = 3;

/** Lines in memory: the oldest make room for new ones. `show events` reads them, and a ring's servers are sent them. */
export class Ring implements RingRun {
  readonly name: string;
  readonly #format: LogTarget["format"];
  readonly #maxLength: number;
  readonly #size: number;
  readonly #description: string;
  #texts: string[] = [];
  #first = 0; // of #texts
  #bytes = 0;
  #begin = 0; // the number of the oldest line that is kept
  #followers = new Set<(text: string) => void>();
  dropped = 0;

  constructor(
    name: string,
    description: string,
    format: LogTarget["format"],
    maxLength: number,
    size: number,
  ) {
    this.name = name;
    this.#description = description;
    this.#format = format;
    this.#maxLength = maxLength;
    this.#size = size;
  }

  get description(): string {
    return `type=buffer, ${this.dropped} dropped, ${this.#description}`;
  }

  /** Numbers of the oldest line, and of the next that will come. */
  get begin(): number {
    return this.#begin;
  }
  get end(): number {
    return this.#begin + this.#texts.length - this.#first;
  }

  at(number: number): string | undefined {
    return number < this.#begin ? undefined : this.#texts[this.#first + number - this.#begin];
  }

  write(text: string, around: LineAround): boolean {
    const whole = lineHeader(this.#format, around) + text;
    const line =
      this.#maxLength > 0 && whole.length > this.#maxLength ? whole.slice(0, this.#maxLength) : whole;
    const bytes = line.length + overhead;
    if (bytes > this.#size) {
      this.dropped++;
      return false;
    }
    while (this.#bytes + bytes > this.#size) this.#forget();
    this.#texts.push(line);
    this.#bytes += bytes;
    for (const follower of this.#followers) follower(line);
    return true;
  }

  *lines(): Iterable<string> {
    for (let at = this.#first; at < this.#texts.length; at++) yield this.#texts[at] as string;
  }

  follow(line: (text: string) => void): () => void {
    this.#followers.add(line);
    return () => this.#followers.delete(line);
  }

  #forget(): void {
    this.#bytes -= (this.#texts[this.#first] as string).length + overhead;
    this.#texts[this.#first++] = "";
    this.#begin++;
    if (this.#first < 1024 || this.#first * 2 < this.#texts.length) return;
    this.#texts = this.#texts.slice(this.#first);
    this.#first = 0;
  }
}
