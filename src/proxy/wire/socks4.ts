import { isIPv4 } from "node:net";

/**
 * SOCKS4's request for a connection (SOCKS4.protocol, 1992); SOCKS4A's where the address isn't IPv4:
 *
 *     0     1     2        4            8
 *     | 4   | 1   | port   | IPv4       | user id, 0 | host name, 0 (4A) |
 *
 * The user id is HAProxy's: proxies may look at it.
 */
export function socks4Request(host: string, port: number): Buffer {
  const isAddress = isIPv4(host);
  const head = Buffer.from([4, 1, port >> 8, port & 255, 0, 0, 0, 1]);
  if (isAddress) for (const [at, part] of host.split(".").entries()) head[4 + at] = Number(part);
  return Buffer.concat([head, Buffer.from("HAProxy\0"), Buffer.from(isAddress ? "" : `${host}\0`)]);
}

/**
 * The reply, 8 bytes: 0, then 90 (granted) or 91, 92, 93, then port and address that mean nothing here.
 */
export class Socks4Reply {
  readonly #bytes = Buffer.alloc(8);
  #length = 0;

  /** How many of the bytes belong to it. */
  take(bytes: Uint8Array): number {
    const taken = Math.min(8 - this.#length, bytes.length);
    this.#bytes.set(bytes.subarray(0, taken), this.#length);
    this.#length += taken;
    return taken;
  }

  get whole(): boolean {
    return this.#length === 8;
  }

  get granted(): boolean {
    return this.whole && this.#bytes[0] === 0 && this.#bytes[1] === 90;
  }

  get reason(): string {
    return `the SOCKS4 proxy refused: code ${this.#bytes[1]}`;
  }
}
