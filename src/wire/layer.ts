import { IpAddress } from "./address.js";

/** An address as a value or as text. */
export type Ip = IpAddress | string;

export const ipOf = (value: Ip): IpAddress => (typeof value === "string" ? IpAddress.of(value) : value);
export const bytesOf = (value: Uint8Array | string): Uint8Array =>
  typeof value === "string" ? Uint8Array.from(Buffer.from(value)) : value;
export const nothing = new Uint8Array();

/** Something that becomes bytes once it knows what it carries. */
export class Layer {
  readonly #encode: (payload: Uint8Array) => Uint8Array;

  constructor(encode: (payload: Uint8Array) => Uint8Array) {
    this.#encode = encode;
  }

  /** The whole, with this as what the innermost layer carries. */
  payload(payload: Uint8Array | string): Uint8Array {
    return this.#encode(bytesOf(payload));
  }

  /** The whole, with nothing more in it. */
  bytes(): Uint8Array {
    return this.#encode(nothing);
  }
}
