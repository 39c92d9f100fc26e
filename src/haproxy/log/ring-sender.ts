import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type ConnectOptions, connect, type TlsClient, type Wire } from "../../proxy/index.js";
import type { Ring } from "./ring.js";

export interface RingServer {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly tls?: TlsClient | undefined;
  /** RFC 6587, section 3.4.1: each message's length stands before it; otherwise it ends with a line feed. */
  readonly octetCounting: boolean;
  readonly connectTimeoutMs: number;
}

const retryMs = 1000;

/** Sends all lines of a ring to one server over TCP or TLS, from the oldest that is kept; connects again when it is lost. */
export class RingSender {
  readonly #ring: Ring;
  readonly #server: RingServer;
  #wire: Wire | undefined;
  #next: number;
  /** The wire takes more. */
  #ready = false;
  #closed = false;
  #cancel: () => void = () => {};
  #stopFollowing: () => void;

  constructor(ring: Ring, server: RingServer) {
    this.#ring = ring;
    this.#server = server;
    this.#next = ring.begin;
    this.#stopFollowing = ring.follow(() => {
      if (this.#ready) queueMicrotask(() => this.#send());
    });
    void this.#connect();
  }

  close(): void {
    this.#closed = true;
    this.#ready = false;
    this.#stopFollowing();
    this.#cancel();
    this.#wire?.destroy();
  }

  async #connect(): Promise<void> {
    const { host, port, path, tls, connectTimeoutMs } = this.#server;
    const options: { -readonly [Name in keyof ConnectOptions]: ConnectOptions[Name] } = {
      timeoutMs: connectTimeoutMs,
    };
    if (tls !== undefined) options.tls = tls;
    if (path !== undefined) options.path = path;
    else {
      options.port = port ?? 0;
      try {
        options.host = isIP(host ?? "") !== 0 ? (host as string) : (await lookup(host ?? "")).address;
      } catch {
        this.#later();
        return;
      }
      if (this.#closed) return;
    }
    const connecting = connect(options, {
      onConnected: (wire) => this.#connected(wire),
      onFailed: () => this.#later(),
    });
    this.#cancel = () => connecting.cancel();
  }

  #connected(wire: Wire): void {
    this.#wire = wire;
    this.#cancel = () => {};
    wire.handler = {
      onData() {},
      onEnd: () => wire.destroy(),
      onDrain: () => {
        this.#ready = true;
        this.#send();
      },
      onClose: () => {
        this.#ready = false;
        this.#wire = undefined;
        this.#later();
      },
    };
    wire.resume();
    this.#ready = true;
    this.#send();
  }

  #later(): void {
    if (this.#closed) return;
    const timer = setTimeout(() => void this.#connect(), retryMs);
    timer.unref();
    this.#cancel = () => clearTimeout(timer);
  }

  /** As many lines as the wire takes; those that were overwritten meanwhile are lost. */
  #send(): void {
    const wire = this.#wire;
    if (!this.#ready || wire === undefined || wire.destroyed) return;
    if (this.#next < this.#ring.begin) {
      this.#ring.dropped += this.#ring.begin - this.#next;
      this.#next = this.#ring.begin;
    }
    while (this.#next < this.#ring.end) {
      const pieces: string[] = [];
      for (let size = 0; this.#next < this.#ring.end && size < chunk; ) {
        const text = this.#ring.at(this.#next++) as string;
        pieces.push(this.#server.octetCounting ? `${text.length} ${text}` : `${text}\n`);
        size += text.length;
      }
      if (wire.write(Buffer.from(pieces.join(""), "latin1"))) continue;
      this.#ready = false;
      return;
    }
  }
}

/** Characters that are given to a wire at once, about. */
const chunk = 16_384;
