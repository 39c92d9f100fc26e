/** What a client says of itself before any key is agreed upon (RFC 8446, section 4.1.2; RFC 6066, section 3; RFC 7301). */
export interface ClientHello {
  /** "TLSv1.3" and its like, as SSL_get_version has them; "" of one that nginx doesn't know. */
  readonly protocol: string;
  /** SNI; "" where it names none. */
  readonly serverName: string;
  /** ALPN, joined by ",". */
  readonly alpn: string;
}

/** The names of versions by their two bytes. */
const versions = new Map([
  [0x0002, "SSLv2"],
  [0x0300, "SSLv3"],
  [0x0301, "TLSv1"],
  [0x0302, "TLSv1.1"],
  [0x0303, "TLSv1.2"],
  [0x0304, "TLSv1.3"],
]);
const HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
const extension = { serverName: 0, alpn: 16, supportedVersions: 43 } as const;

/**
 * Reads the ClientHello at the beginning of a stream, as far as it has come; it may lie in several records:
 *
 * ```
 *     record:  type 22 (1) | version 3.x (2) | length (2) | …
 *     message: type 1 (1) | length (3) | version (2) | random (32) | session id (1+) | suites (2+) | compression (1+) | extensions (2+)
 * ```
 *
 * "more": it isn't whole. "none": this is none, or not one as it should be (ngx_stream_ssl_preread_module).
 */
export function readClientHello(bytes: Buffer): ClientHello | "more" | "none" {
  let message = Buffer.alloc(0);
  for (let at = 0; bytes.length - at >= 5; ) {
    const second = bytes[at + 3];
    if (
      ((bytes[at] as number) & 0x80) !== 0 &&
      bytes[at + 2] === CLIENT_HELLO &&
      (second === 0 || second === 3)
    )
      return { protocol: versions.get(bytes.readUInt16BE(at + 3)) ?? "", serverName: "", alpn: "" };
    if (bytes[at] !== HANDSHAKE || bytes[at + 1] !== 3) return "none";
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    if (bytes.length < end) return "more";
    message = Buffer.concat([message, bytes.subarray(at + 5, end)]);
    const read = new MessageReader(message).read();
    if (read !== "more") return read;
    at = end;
  }
  return "more";
}

class Short extends Error {}
class Wrong extends Error {}

/** Reads a handshake message whose bytes may not all be there. */
class MessageReader {
  readonly #bytes: Buffer;
  #at = 0;
  /** Where the message ends, by its own length. */
  #end = 4;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(): ClientHello | "more" | "none" {
    try {
      return this.#message();
    } catch (error) {
      if (error instanceof Short) return "more";
      if (error instanceof Wrong) return "none";
      throw error;
    }
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#end) throw new Wrong();
    if (this.#at + length > this.#bytes.length) throw new Short();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #number(size: number): number {
    return size === 0 ? 0 : this.#take(size).readUIntBE(0, size);
  }

  /** A part that begins with its length in so many bytes. */
  #part(size: number): Buffer {
    return this.#take(this.#number(size));
  }

  #message(): ClientHello {
    if (this.#number(1) !== CLIENT_HELLO) throw new Wrong();
    this.#end = 4 + this.#number(3);
    let version = this.#number(2);
    this.#take(32);
    this.#part(1);
    this.#part(2);
    this.#part(1);
    let serverName: string | undefined;
    let alpn: string | undefined;
    if (this.#at < this.#end) this.#take(2);
    while (this.#at < this.#end) {
      const type = this.#number(2);
      const length = this.#number(2);
      if (type === extension.serverName && serverName === undefined) serverName = this.#serverName();
      else if (type === extension.alpn && alpn === undefined) alpn = this.#alpn();
      else if (type === extension.supportedVersions) {
        version = 0x0304;
        this.#part(1);
      } else this.#take(length);
    }
    return { protocol: versions.get(version) ?? "", serverName: serverName ?? "", alpn: alpn ?? "" };
  }

  #serverName(): string {
    const list = this.#number(2);
    if (this.#number(1) !== 0) throw new Wrong();
    const length = this.#number(2);
    if (list < 3 + length) throw new Wrong();
    const name = this.#take(length).toString("latin1");
    this.#take(list - 3 - length);
    return name;
  }

  #alpn(): string {
    const names: string[] = [];
    for (let left = this.#number(2); names.length === 0 || left > 0; ) {
      const length = this.#number(1);
      if (length === 0 || left < 1 + length) throw new Wrong();
      names.push(this.#take(length).toString("latin1"));
      left -= 1 + length;
    }
    return names.join(",");
  }
}
