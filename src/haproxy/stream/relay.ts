import type { Wire, WireHandler } from "../../proxy/index.js";

/** What a relay tells its stream. */
export interface RelayOwner {
  /** Bytes that went from one side to the other. */
  onRelayed(fromClient: boolean, bytes: number): void;
  /** A side sent FIN; it was passed on. */
  onHalfClosed(fromClient: boolean): void;
  /** Both directions are closed in order. */
  onRelayDone(): void;
  /** A side broke. */
  onRelayBroken(client: boolean): void;
}

/** Two wires, each of which is sent what the other receives, as fast as it takes it. */
export class Relay {
  readonly client: RelaySide;
  readonly server: RelaySide;
  readonly owner: RelayOwner;
  over = false;

  constructor(owner: RelayOwner, client: Wire, server: Wire) {
    this.owner = owner;
    this.client = new RelaySide(this, client, true);
    this.server = new RelaySide(this, server, false);
    this.client.other = this.server;
    this.server.other = this.client;
  }

  start(): void {
    this.startClient();
    if (!this.over) this.startServer();
  }

  /** From client to server; `ended` was set where the client has sent FIN already. */
  startClient(): void {
    this.client.wire.handler = this.client;
    if (this.client.ended) this.server.wire.end();
    this.client.wire.resume();
  }

  startServer(): void {
    this.server.wire.handler = this.server;
    if (this.server.ended) {
      this.client.wire.end();
      if (this.client.ended) {
        this.over = true;
        this.owner.onRelayDone();
        return;
      }
    }
    this.server.wire.resume();
  }

  /** Breaks both sides. */
  destroy(reset = false): void {
    if (this.over) return;
    this.over = true;
    this.client.wire.destroy(reset);
    this.server.wire.destroy(reset);
  }

  get pending(): number {
    return this.client.wire.pendingBytes + this.server.wire.pendingBytes;
  }
}

export class RelaySide implements WireHandler {
  readonly wire: Wire;
  other!: RelaySide;
  /** It sent FIN. */
  ended = false;
  closed = false;
  readonly #relay: Relay;
  readonly #isClient: boolean;

  constructor(relay: Relay, wire: Wire, isClient: boolean) {
    this.#relay = relay;
    this.wire = wire;
    this.#isClient = isClient;
  }

  onData(bytes: Buffer): void {
    if (this.#relay.over) return;
    const { length } = bytes;
    if (!this.other.wire.write(bytes)) this.wire.pause();
    this.#relay.owner.onRelayed(this.#isClient, length);
  }

  onEnd(): void {
    if (this.ended || this.#relay.over) return;
    this.ended = true;
    this.other.wire.end();
    if (this.other.ended) this.#done();
    else this.#relay.owner.onHalfClosed(this.#isClient);
  }

  onDrain(): void {
    if (this.#relay.over) return;
    this.other.wire.resume();
    this.#relay.owner.onRelayed(!this.#isClient, 0);
  }

  onClose(error: (Error & { code?: string }) | undefined): void {
    this.closed = true;
    const relay = this.#relay;
    if (relay.over) return;
    if (this.ended && error === undefined) {
      if (this.other.ended) this.#done();
      else {
        // Nothing can be sent to it any more.
        relay.over = true;
        this.other.wire.destroy();
        relay.owner.onRelayDone();
      }
      return;
    }
    relay.over = true;
    // What the other side was sent until now still goes to it.
    if (error === undefined) this.other.wire.end();
    else this.other.wire.destroy();
    relay.owner.onRelayBroken(this.#isClient);
  }

  /** Both have sent FIN; each wire closes when it has sent what it was given. */
  #done(): void {
    this.#relay.over = true;
    this.#relay.owner.onRelayDone();
  }
}
