import { control, type Message, messageClass, tableMessage } from "./message.js";
import type { Peer } from "./peer.js";
import type { SharedTable } from "./shared-table.js";
import { readAcknowledgement, readDefinition, readUpdate, switchId } from "./table-messages.js";

/** Who is told of what came. */
export interface IncomingOwner {
  /** A lesson is given to the peer: what it acknowledges counts when that is over. */
  readonly isTeaching: boolean;
  /** The peer asks to be taught. */
  onAsked(): void;
  /** The lesson that we asked for is over: the peer knew all, or not. */
  onLearned(peer: Peer, whole: boolean): void;
  /** The peer has all that it asked to be taught. */
  onTaught(peer: Peer): void;
}

/** Does what a peer's messages say (peers.c, peer_treat_awaited_msg): what it knows goes into our tables. */
export class IncomingMessages {
  readonly #owner: IncomingOwner;
  #remoteTable: SharedTable | undefined;

  constructor(owner: IncomingOwner) {
    this.#owner = owner;
  }

  /** The table that updates are of now. */
  get remoteTable(): SharedTable | undefined {
    return this.#remoteTable;
  }

  /** false: it is malformed. */
  treat(peer: Peer, message: Message): boolean {
    peer.alive = true;
    if (message.class === messageClass.control) this.#treatControl(peer, message.type);
    else if (message.class === messageClass.table) return this.#treatTable(peer, message);
    else if (message.class === messageClass.reserved) return false;
    return true;
  }

  #treatControl(peer: Peer, type: number): void {
    if (type === control.resyncRequest) this.#owner.onAsked();
    else if (type === control.resyncFinished || type === control.resyncPartial) {
      peer.confirms++;
      if (!peer.learning) return;
      peer.learning = false;
      if (type === control.resyncPartial) peer.notUpToDate = true;
      this.#owner.onLearned(peer, type === control.resyncFinished);
    } else if (type === control.resyncConfirm) {
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
      if (this.#owner.isTeaching) return true;
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
