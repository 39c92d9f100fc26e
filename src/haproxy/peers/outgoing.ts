import { control, controlMessage } from "./message.js";
import type { Peer } from "./peer.js";
import type { Change, SharedTable } from "./shared-table.js";
import { acknowledgement, defineMessage, updateMessage } from "./table-messages.js";

/** So many bytes are put together for one write. */
const batchBytes = 16_384;

/** What a session says to its peer, in the order of peers.c (peer_send_msgs): bytes alone, without the connection that they go out on. */
export class OutgoingMessages {
  readonly #upToDate: () => boolean;
  #lastTable: SharedTable | undefined;
  /** A lesson is given: it has begun, all of it was sent and its end is awaited. */
  #teaching: "no" | "yes" | "finished" = "no";
  #requested = false;
  #heartbeat = false;

  /** `upToDate`: whether we ourselves know all. */
  constructor(upToDate: () => boolean) {
    this.#upToDate = upToDate;
  }

  get lastTable(): SharedTable | undefined {
    return this.#lastTable;
  }

  get isTeaching(): boolean {
    return this.#teaching !== "no";
  }

  /** All that we know is to be sent. */
  teach(peer: Peer | undefined): void {
    this.#teaching = "yes";
    for (const shared of peer?.tables ?? []) shared.startLesson();
  }

  /** The peer has all that it asked to be taught. */
  taught(peer: Peer): void {
    this.#teaching = "no";
    for (const shared of peer.tables) {
      shared.lesson = undefined;
      shared.update = shared.teachingOrigin;
      shared.lastPushed = shared.teachingOrigin;
    }
  }

  /** The lesson that we asked for is over: a further one is asked for anew. */
  learned(): void {
    this.#requested = false;
  }

  heartbeat(): void {
    this.#heartbeat = true;
  }

  /** All that there is to say to a peer now. What was given out is taken to be sent. */
  *messages(peer: Peer): Iterable<Uint8Array> {
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
      if (this.#teaching === "yes") yield* this.#lesson(peer, shared);
      else if (this.#teaching === "no" && !peer.learning) yield* this.#news(peer, shared);
    }
    if (this.#teaching === "yes" && peer.tables.every((shared) => shared.lesson === undefined)) {
      this.#teaching = "finished";
      yield controlMessage(this.#upToDate() ? control.resyncFinished : control.resyncPartial);
    }
    while (peer.confirms > 0) {
      peer.confirms--;
      yield controlMessage(control.resyncConfirm);
    }
  }

  /** What was changed here since the peer was told last. */
  *#news(peer: Peer, shared: SharedTable): Iterable<Uint8Array> {
    const { table } = shared;
    const { updates } = table.store;
    if (shared.lastPushed === updates.last) return;
    const changed = table.locked(() => updates.after(shared.lastPushed, Number.POSITIVE_INFINITY));
    if (changed.length === 0) {
      shared.lastPushed = updates.last;
      return;
    }
    yield* this.#updates(peer, shared, changed.values(), false);
  }

  *#lesson(peer: Peer, shared: SharedTable): Iterable<Uint8Array> {
    if (shared.lesson === undefined) return;
    yield* this.#updates(peer, shared, shared.lesson, !peer.downgraded);
    shared.lesson = undefined;
  }

  /** Batches of updates: a batch that was given out is sent, the rest waits until the peer takes more. */
  *#updates(
    peer: Peer,
    shared: SharedTable,
    entries: Iterator<Change>,
    timed: boolean,
  ): Iterable<Uint8Array> {
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
}
