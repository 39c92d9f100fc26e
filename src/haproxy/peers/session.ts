import type { Wire } from "../../proxy/index.js";
import { type Caller, GreetingReader, greeting, LineReader } from "./handshake.js";
import { IncomingMessages, type IncomingOwner } from "./incoming.js";
import { errorMessage, errorType, MessageReader } from "./message.js";
import { OutgoingMessages } from "./outgoing.js";
import type { Peer } from "./peer.js";
import type { SharedTable } from "./shared-table.js";
import { status } from "./status.js";

/** What a session tells its section. */
export interface SessionOwner {
  /** Which peer an accepted connection is of, by the name that it gave. A status where it can't be. */
  recognise(peerName: string, session: PeerSession): Peer | number;
  /** The handshake succeeded. */
  onEstablished(session: PeerSession): void;
  /** A lesson from this peer is over: it knew all, or not. */
  onLearned(peer: Peer, whole: boolean): void;
  /** The other side has all that it asked to be taught. */
  onTaught(peer: Peer): void;
  onClosed(session: PeerSession): void;
  /** Whether we ourselves know all. */
  readonly upToDate: boolean;
  readonly localName: string;
  now(): number;
}

/** A connection with a peer, from the handshake on: bytes come and go here; what they say is made and understood elsewhere. */
export class PeerSession {
  peer: Peer | undefined;
  established = false;
  readonly outgoing: boolean;
  readonly #wire: Wire;
  readonly #owner: SessionOwner;
  readonly #reader = new MessageReader();
  readonly #lines = new LineReader();
  readonly #greeting: GreetingReader;
  readonly #outgoing: OutgoingMessages;
  readonly #incoming: IncomingMessages;
  #closed = false;
  #blocked = false;

  /** `peer`: whom we called; undefined of a connection that was accepted. */
  constructor(wire: Wire, owner: SessionOwner, peer?: Peer) {
    this.#wire = wire;
    this.#owner = owner;
    this.peer = peer;
    this.outgoing = peer !== undefined;
    this.#greeting = new GreetingReader(owner.localName);
    this.#outgoing = new OutgoingMessages(() => owner.upToDate);
    this.#incoming = new IncomingMessages(this.#heard());
    wire.handler = {
      onData: (bytes) => this.#onData(bytes),
      onEnd: () => this.close(),
      onDrain: () => {
        this.#blocked = false;
        this.pump();
      },
      onClose: () => this.#ended(),
    };
    wire.setNoDelay(true);
    if (peer !== undefined) {
      wire.write(greeting(peer.name, owner.localName, process.pid, peer.downgraded));
      peer.statusCode = status.connected;
    }
    wire.resume();
  }

  get state(): string {
    if (this.#closed) return "END";
    return this.established ? "WAITMSG" : this.outgoing ? "GETSTATUS" : "GETHOST";
  }

  get remoteTable(): SharedTable | undefined {
    return this.#incoming.remoteTable;
  }

  get lastTable(): SharedTable | undefined {
    return this.#outgoing.lastTable;
  }

  get isTeaching(): boolean {
    return this.#outgoing.isTeaching;
  }

  get addresses(): { readonly source: string; readonly destination: string } {
    const { realSource, realDestination } = this.#wire.info;
    return {
      source: `${realSource.host}:${realSource.port}`,
      destination: `${realDestination.host}:${realDestination.port}`,
    };
  }

  /** All that we know is to be sent: a new process asks for nothing, it is taught. */
  teach(): void {
    this.#outgoing.teach(this.peer);
    this.pump();
  }

  heartbeat(): void {
    this.#outgoing.heartbeat();
    this.pump();
  }

  close(): void {
    if (this.#closed) return;
    this.#wire.destroy();
    this.#ended();
  }

  /** Sends what there is to send, as long as it is taken. */
  pump(): void {
    const { peer } = this;
    if (peer === undefined || !this.established || this.#closed || this.#blocked) return;
    this.#wire.cork();
    for (const piece of this.#outgoing.messages(peer)) {
      if (this.#wire.write(piece)) continue;
      this.#blocked = true;
      break;
    }
    this.#wire.uncork();
  }

  #onData(bytes: Buffer): void {
    if (this.#closed) return;
    let rest: Uint8Array = bytes;
    while (!this.established) {
      const next = this.#lines.next(rest);
      if (next === "too long") this.#refuse(status.protocol);
      if (next === undefined || next === "too long") return;
      rest = next.rest;
      if (this.outgoing) this.#onStatus(next.line);
      else this.#onGreeting(next.line);
      if (this.#closed) return;
    }
    this.#reader.push(rest);
    this.#readMessages();
  }

  #onGreeting(line: string): void {
    const caller = this.#greeting.add(line);
    if (caller === undefined) return;
    const found = typeof caller === "number" ? caller : this.#owner.recognise(caller.name, this);
    if (typeof found === "number") this.#refuse(found);
    else this.#greet(found, caller as Caller);
  }

  #greet(peer: Peer, { downgraded }: Caller): void {
    this.peer = peer;
    peer.downgraded = downgraded;
    this.#wire.write(`${status.success}\n`);
    this.#establish(peer);
  }

  #onStatus(line: string): void {
    const peer = this.peer as Peer;
    peer.statusCode = Number.parseInt(line, 10) || status.protocol;
    peer.lastHandshake = this.#owner.now();
    if (peer.statusCode === status.success) this.#establish(peer);
    else {
      if (peer.statusCode === status.version) peer.downgraded = true;
      this.close();
    }
  }

  #establish(peer: Peer): void {
    peer.statusCode = status.success;
    peer.lastHandshake = this.#owner.now();
    peer.session = this;
    peer.alive = true;
    peer.begin();
    this.established = true;
    this.#owner.onEstablished(this);
    this.pump();
  }

  #refuse(code: number): void {
    if (!this.outgoing) this.#wire.write(`${code}\n`);
    this.#wire.end();
    this.#ended();
  }

  #fail(type: number): void {
    if (this.peer !== undefined) this.peer.protocolErrors++;
    this.#wire.write(errorMessage(type));
    this.#wire.end();
    this.#ended();
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.onClosed(this);
    // What is written yet goes out; what comes is no concern any more.
    setTimeout(() => this.#wire.destroy(), 100).unref();
  }

  #readMessages(): void {
    for (;;) {
      const message = this.#reader.next();
      if (message === undefined) break;
      if (message === "size") this.#fail(errorType.size);
      else if (message === "protocol" || !this.#incoming.treat(this.peer as Peer, message))
        this.#fail(errorType.protocol);
      if (this.#closed) return;
    }
    this.pump();
  }

  /** What messages have us do beside changing tables. */
  #heard(): IncomingOwner {
    const outgoing = this.#outgoing;
    return {
      get isTeaching() {
        return outgoing.isTeaching;
      },
      onAsked: () => this.teach(),
      onLearned: (peer, whole) => {
        outgoing.learned();
        this.#owner.onLearned(peer, whole);
      },
      onTaught: (peer) => {
        outgoing.taught(peer);
        this.#owner.onTaught(peer);
      },
    };
  }
}
