import type { Network } from "./network.js";

/** A value that holds from an address on, up to the next step. */
export interface Step<V> {
  readonly start: bigint;
  readonly value: V;
}

/** Values of all addresses of a family, found by bisection. Shape: steps of ascending `start`, the first at 0; a last one may begin behind all addresses. */
export class Steps<V> {
  readonly #width: number;
  /** `width` words of 32 bits each. */
  readonly #starts: Uint32Array;
  readonly #values: readonly V[];

  constructor(family: 4 | 6, all: readonly Step<V>[]) {
    this.#width = family === 4 ? 1 : 4;
    const steps = all.filter(({ start }) => start < 1n << BigInt(32 * this.#width));
    this.#starts = new Uint32Array(steps.length * this.#width);
    this.#values = steps.map((step) => step.value);
    for (const [index, { start }] of steps.entries())
      for (let word = 0; word < this.#width; word++)
        this.#starts[index * this.#width + word] = Number(
          (start >> BigInt(32 * (this.#width - 1 - word))) & 0xffffffffn,
        );
  }

  /** The value at an address: its words as {@link IpAddress.words} has them. */
  find(words: readonly number[]): V {
    let low = 0;
    let high = this.#values.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#beginsBehind(middle, words)) high = middle;
      else low = middle;
    }
    return this.#values[low]!;
  }

  #beginsBehind(step: number, words: readonly number[]): boolean {
    for (let word = 0; word < this.#width; word++) {
      const difference = this.#starts[step * this.#width + word]! - (words[word]! >>> 0);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }
}

/** Collects steps: where two begin at the same address, the later one counts. */
export class StepWriter<V> {
  readonly steps: Step<V>[] = [];

  begin(start: bigint, value: V): void {
    if (this.steps.at(-1)?.start === start) this.steps.pop();
    if (this.steps.at(-1)?.value !== value) this.steps.push({ start, value });
  }
}

/**
 * The steps of networks, one within the other or apart, where the narrowest counts, and of two that are the same the later.
 */
export function stepsOfNetworks<V>(
  networks: readonly (Network & { readonly value: V })[],
  otherwise: V,
): readonly Step<V>[] {
  const unique = new Map(networks.map((network) => [`${network.first}/${network.last}`, network]));
  const sorted = [...unique.values()].sort((a, b) => sign(a.first - b.first) || sign(b.last - a.last));
  const writer = new StepWriter<V>();
  const open: { readonly last: bigint; readonly value: V }[] = [];
  const closeBefore = (address: bigint) => {
    for (let top = open.at(-1); top !== undefined && top.last < address; top = open.at(-1)) {
      open.pop();
      writer.begin(top.last + 1n, open.at(-1)?.value ?? otherwise);
    }
  };
  writer.begin(0n, otherwise);
  for (const network of sorted) {
    closeBefore(network.first);
    writer.begin(network.first, network.value);
    open.push(network);
  }
  closeBefore(1n << 128n);
  return writer.steps;
}

const sign = (difference: bigint): number => (difference < 0n ? -1 : difference > 0n ? 1 : 0);
