import { builder } from "./function-builder.js";
import type { Temporary } from "./operation.js";

/**
 * Bytes that a program is told when it is loaded, not when it is written: the address of a device, secrets. The same
 * instructions then serve all devices. Each use is a 64-bit load, whose immediate the loader fills in.
 */
export class Given {
  constructor(
    readonly name: string,
    /** Bytes. */
    readonly size: number,
  ) {}

  /** The number that `size` bytes (1 to 8) at an offset are to a little-endian machine. */
  number(offset: number, size = 8): GivenNumber {
    if (!(offset >= 0 && size >= 1 && size <= 8 && offset + size <= this.size))
      throw new RangeError(
        `bytes ${offset} to ${offset + size} of ${this.size} that are given as ${this.name}`,
      );
    return new GivenNumber(this.name, offset, size);
  }
}

/** A part of what is given, as a number: it may stand where a 64-bit constant may. */
export class GivenNumber {
  constructor(
    readonly name: string,
    readonly offset: number,
    readonly size: number,
  ) {}

  /** Its value, in a register. */
  load(): Temporary {
    const to = builder().temporary(this.name);
    builder().add({ kind: "constant", to, value: 0n, given: this });
    return to;
  }
}
