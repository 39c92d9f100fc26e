import type { Wire } from "../../proxy/index.js";
import {
  control,
  controlMessage,
  errorMessage,
  errorType,
  type Message,
  MessageReader,
  messageClass,
  tableMessage,
} from "./message.js";
import { type Peer, status } from "./peer.js";
import type { Change, SharedTable } from "./shared-table.js";
import {
  acknowledgement,
  defineMessage,
  readAcknowledgement,
  readDefinition,
  readUpdate,
  switchId,
  updateMessage,
} from "./table-messages.js";

/** So many bytes are put together for one write. */
const batchBytes = 16_384;

/** What a session tells its section. */
export interface SessionOwner {
  /** Which peer an accepted connection is of: by our name, which the other side gave, and its own. A status where it can't be. */
  recognise(localName: string, peerName: string, session: PeerSession): Peer | number;
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

/**
 * A connection with a peer, from the handshake on (peers.c, peer_io_handler):
 *
 *     HAProxyS 2.1                  200
 *     NAME OF THE ONE CALLED
 *     NAME OF THE CALLER PID 1
 */
export class PeerSession {
  peer: Peer | undefined;
  established = false;
  readonly outgoing: boolean;
  readonly #wire: Wire;
  readonly #owner: SessionOwner;
  readonly #reader = new MessageReader();
  #lines = "";
  readonly #hello: string[] = [];
  #closed = false;
  #blocked = false;
  #remoteTable: SharedTable | undefined;
  #lastTable: SharedTable | undefined;
  /** A lesson is given: it has begun, all of it was sent and its end is awaited. */
  #teaching: "no" | "yes" | "finished" = "no";
  #requested = false;
  #heartbeat = false;

  /** `peer`: whom we called; undefined of a connection that was accepted. */
  constructor(wire: Wire, owner: SessionOwner, peer?: Peer) {
    this.#wire = wire;
    this.#owner = owner;
    this.peer = peer;
    this.outgoing = peer !== undefined;
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
      const version = peer.downgraded ? "2.0" : "2.1";
      wire.write(`HAProxyS ${version}\n${peer.name}\n${owner.localName} ${process.pid} 1\n`);
      peer.statusCode = status.connected;
    }
    wire.resume();
  }

  get state(): string {
    if (this.#closed) return "END";
    return this.established ? "WAITMSG" : this.outgoing ? "GETSTATUS" : "GETHOST";
  }

  get remoteTable(): SharedTable | undefined {
    return this.#remoteTable;
  }

  get lastTable(): SharedTable | undefined {
    return this.#lastTable;
  }

  get isTeaching(): boolean {
    return this.#teaching !== "no";
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
    this.#teaching = "yes";
    for (const shared of this.peer?.tables ?? []) shared.startLesson();
    this.pump();
  }

  heartbeat(): void {
    this.#heartbeat = true;
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
    for (const piece of this.#outgoingMessages(peer)) {
      if (this.#wire.write(piece)) continue;
      this.#blocked = true;
      break;
    }
    this.#wire.uncork();
  }

  *#outgoingMessages(peer: Peer): Iterable<Uint8Array> {
    if (this.#heartbeat) {
      this.#heartbeat = false;
      peer.sentHeartbeats++;
      yield controlMessage(control.heartbeat);
    }
    if (peer.learning && !this.#requested) {
      this.#requested = true;
      if (!peer.isLocal) yield controlMessage(control.resyncRequest);
    }
    for (const shared of peer.tables) {
      if (shared.lastGot !== shared.lastAcknowledged) {
        shared.lastAcknowledged = shared.lastGot;
        yield acknowledgement(shared);
      }
      if (this.#teaching === "yes") yield* this.#lesson(shared);
      else if (this.#teaching === "no" && !peer.learning) yield* this.#news(shared);
    }
    if (this.#teaching === "yes" && peer.tables.every((shared) => shared.lesson === undefined)) {
      this.#teaching = "finished";
      yield controlMessage(this.#owner.upToDate ? control.resyncFinished : control.resyncPartial);
    }
    while (peer.confirms > 0) {
      peer.confirms--;
      yield controlMessage(control.resyncConfirm);
    }
  }

  /** What was changed here since the peer was told last. */
  *#news(shared: SharedTable): Iterable<Uint8Array> {
    const { table } = shared;
    const { updates } = table.store;
    if (shared.lastPushed === updates.last) return;
    const changed = table.locked(() => updates.after(shared.lastPushed, Number.POSITIVE_INFINITY));
    if (changed.length === 0) {
      shared.lastPushed = updates.last;
      return;
    }
    yield* this.#updates(shared, changed.values(), false);
  }

  *#lesson(shared: SharedTable): Iterable<Uint8Array> {
    if (shared.lesson === undefined) return;
    yield* this.#updates(shared, shared.lesson, !this.peer?.downgraded);
    shared.lesson = undefined;
  }

  /** Batches of updates: a batch that was given out is sent, the rest waits until the peer takes more. */
  *#updates(shared: SharedTable, entries: Iterator<Change>, timed: boolean): Iterable<Uint8Array> {
    const peer = this.peer as Peer;
    let batch: Uint8Array[] = [];
    let bytes = 0;
    const put = (piece: Uint8Array) => {
      batch.push(piece);
      bytes += piece.length;
    };
    if (this.#lastTable !== shared) {
      put(defineMessage(shared));
      this.#lastTable = shared;
    }
    let identified = true;
    for (let next = entries.next(); !next.done; next = entries.next()) {
      const message = updateMessage(shared, next.value, peer.cache, { identified, timed });
      if (message !== undefined) put(message);
      shared.lastPushed = next.value.update;
      if (message === undefined) continue;
      identified = false;
      if (bytes < batchBytes) continue;
      yield Buffer.concat(batch);
      batch = [];
      bytes = 0;
    }
    if (bytes > 0) yield Buffer.concat(batch);
  }

  #onData(bytes: Buffer): void {
    if (this.#closed) return;
    let rest: Uint8Array = bytes;
    while (!this.established) {
      const end = rest.indexOf(10);
      this.#lines += Buffer.from(end < 0 ? rest : rest.subarray(0, end)).toString("latin1");
      if (this.#lines.length > 1024) this.#refuse(status.protocol);
      if (end < 0 || this.#closed) return;
      const line = this.#lines.replace(/\r$/, "");
      this.#lines = "";
      rest = rest.subarray(end + 1);
      if (this.outgoing) this.#onStatus(line);
      else this.#onHello(line);
      if (this.#closed) return;
    }
    this.#reader.push(rest);
    this.#readMessages();
  }

  #onHello(line: string): void {
    this.#hello.push(line);
    if (this.#hello.length === 1) {
      const version = /^HAProxyS (.*)$/.exec(line);
      if (version === null) this.#refuse(status.protocol);
      else if (!/^2\.[01]$/.test(version[1] as string)) this.#refuse(status.version);
      return;
    }
    if (this.#hello.length === 2) {
      if (line !== this.#owner.localName) this.#refuse(status.host);
      return;
    }
    const name = /^(\S*) /.exec(line)?.[1];
    if (name === undefined) {
      this.#refuse(status.protocol);
      return;
    }
    const found = this.#owner.recognise(this.#hello[1] as string, name, this);
    if (typeof found === "number") {
      this.#refuse(found);
      return;
    }
    this.peer = found;
    found.downgraded = this.#hello[0] === "HAProxyS 2.0";
    this.#wire.write(`${status.success}\n`);
    this.#establish(found);
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
      else if (message === "protocol" || !this.#treat(message)) this.#fail(errorType.protocol);
      if (this.#closed) return;
    }
    this.pump();
  }

  /** false: it is malformed. */
  #treat(message: Message): boolean {
    const peer = this.peer as Peer;
    peer.alive = true;
    if (message.class === messageClass.control) this.#treatControl(peer, message.type);
    else if (message.class === messageClass.table) return this.#treatTable(peer, message);
    else if (message.class === messageClass.reserved) return false;
    return true;
  }

  #treatControl(peer: Peer, type: number): void {
    if (type === control.resyncRequest) this.teach();
    else if (type === control.resyncFinished || type === control.resyncPartial) {
      peer.confirms++;
      if (!peer.learning) return;
      peer.learning = false;
      this.#requested = false;
      if (type === control.resyncPartial) peer.notUpToDate = true;
      this.#owner.onLearned(peer, type === control.resyncFinished);
    } else if (type === control.resyncConfirm) {
      this.#teaching = "no";
      for (const shared of peer.tables) {
        shared.lesson = undefined;
        shared.update = shared.teachingOrigin;
        shared.lastPushed = shared.teachingOrigin;
      }
      this.#owner.onTaught(peer);
    } else if (type === control.heartbeat) peer.receivedHeartbeats++;
  }

  #treatTable(peer: Peer, { type, data }: Message): boolean {
    if (type === tableMessage.define) {
      this.#remoteTable = undefined;
      const found = readDefinition(data, peer.tables);
      if (found === "malformed") return false;
      this.#remoteTable = found;
    } else if (type === tableMessage.switch) {
      const id = switchId(data);
      if (id === "malformed") return false;
      this.#remoteTable = peer.tables.find((shared) => shared.remoteId === id);
    } else if (type === tableMessage.acknowledge) {
      if (this.#teaching !== "no") return true;
      const found = readAcknowledgement(data);
      if (found === "malformed") return false;
      const shared = peer.tables.find((each) => each.localId === found.id);
      if (shared !== undefined) shared.update = found.update;
    } else if (type >= tableMessage.update && type <= tableMessage.incrementalTimedUpdate) {
      const shared = this.#remoteTable;
      if (shared !== undefined && readUpdate(type, data, shared, peer.cache) === "malformed") return false;
    }
    return true;
  }
}
