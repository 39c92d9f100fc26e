import type { Peers } from "../../config/haproxy/model/index.js";
import type { Wire } from "../../proxy/index.js";
import type { Table } from "../tables/index.js";
import { callAgainMs, HandOver } from "./hand-over.js";
import { Peer } from "./peer.js";
import { Resync } from "./resync.js";
import { PeerSession, type SessionOwner } from "./session.js";
import { status } from "./status.js";
import type { PeersWorld } from "./world.js";

/** Times of peers.c, milliseconds. */
const reconnectMs = 5000;
const heartbeatMs = 3000;
const handshakeMs = 5000;

/**
 * A peers section: keeps the tables that name it alike on all its peers. Runs in the first thread. A new process learns from the old one
 * (if there is one, for at most five seconds), else from a peer that is connected; then everybody tells everybody what changes (process_peer_sync).
 */
export class PeersSection implements SessionOwner {
  readonly settings: Peers;
  readonly localName: string;
  readonly peers: readonly Peer[];
  readonly changedAt = Date.now();
  readonly resync: Resync;
  works = 0;
  readonly #world: PeersWorld;
  readonly #tables: readonly Table[];
  /** With what cancels the wait for their handshake. */
  readonly #sessions = new Map<PeerSession, () => void>();
  readonly #connecting = new Map<Peer, () => void>();
  #cancel: (() => void) | undefined;
  #stopped = false;
  #handOver: HandOver | undefined;
  #due = false;

  /** `tables`: of the whole process; `hasOldProcess`: one is leaving, and will teach us. */
  constructor(
    settings: Peers,
    localName: string,
    tables: Iterable<Table>,
    world: PeersWorld,
    hasOldProcess: boolean,
  ) {
    this.settings = settings;
    this.localName = localName;
    this.#world = world;
    this.#tables = [...tables].filter((table) => table.settings.peers === settings.name);
    this.peers = settings.peers.map((each) => new Peer(each, each.name === localName, this.#tables));
    this.resync = new Resync(hasOldProcess, world.now());
  }

  get upToDate(): boolean {
    return this.resync.upToDate;
  }

  get disabled(): boolean {
    return this.settings.disabled;
  }

  now(): number {
    return this.#world.now();
  }

  /** Peers with a session, and those whose handshake is done (of `show info`). */
  get counts(): { readonly active: number; readonly connected: number } {
    const connected = [...this.#sessions.keys()].filter((session) => session.established).length;
    return { active: this.#sessions.size + this.#connecting.size, connected };
  }

  start(): void {
    if (this.disabled) return;
    for (const table of this.#tables) table.onChange = () => this.#wake();
    this.#work();
  }

  /** A connection that a listener of this section accepted. */
  accept(wire: Wire): void {
    if (this.#stopped || this.disabled || this.#handOver !== undefined) wire.destroy();
    else this.#begin(new PeerSession(wire, this));
  }

  /** Who doesn't greet is left. */
  #begin(session: PeerSession): void {
    const cancel = this.#world.after(handshakeMs, () => {
      if (!session.established) session.close();
    });
    this.#sessions.set(session, cancel);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    for (const cancel of this.#connecting.values()) cancel();
    this.#connecting.clear();
    for (const table of this.#tables) table.onChange = () => undefined;
    for (const session of [...this.#sessions.keys()]) session.close();
    this.#finishHandOver();
  }

  /**
   * Soft stop: leaves all peers, and teaches the new process (at the local peer's own address) what is known. Ends when that one has
   * confirmed it, or there is nobody.
   */
  async handOver(): Promise<void> {
    const local = this.peers.find((peer) => peer.isLocal);
    if (this.#stopped || this.disabled || local === undefined || this.#tables.length === 0) {
      this.stop();
      return;
    }
    for (const cancel of this.#connecting.values()) cancel();
    this.#connecting.clear();
    for (const session of [...this.#sessions.keys()]) session.close();
    const handOver = new HandOver(local, this.now());
    this.#handOver = handOver;
    this.#work();
    await handOver.ended;
    this.stop();
  }

  recognise(peerName: string, session: PeerSession): Peer | number {
    const peer = this.peers.find((each) => each.name === peerName);
    if (peer === undefined) return status.peer;
    const old = peer.session;
    if (old !== undefined && old !== session) {
      if (peer.isLocal) return status.tryAgain;
      // Both call each other at this moment: the call of the one whose name comes first is kept, so that not both are given up.
      if (old.outgoing && !old.established && this.localName < peerName) return status.tryAgain;
      // The later call is kept; who lost his waits a while before he calls again.
      peer.collisions++;
      old.close();
      peer.reconnectAt = this.#soon();
    }
    this.#connecting.get(peer)?.();
    this.#connecting.delete(peer);
    return peer;
  }

  onEstablished(session: PeerSession): void {
    const peer = session.peer as Peer;
    const now = this.now();
    this.#sessions.get(session)?.();
    peer.reconnectAt = now + reconnectMs;
    peer.heartbeatAt = now + heartbeatMs;
    if (peer.isLocal) {
      if (session.outgoing) session.teach();
      else if (this.resync.wantsLocal) this.resync.assign(peer);
    } else if (this.resync.wantsRemote) this.resync.assign(peer);
    this.#wake();
  }

  onLearned(peer: Peer, whole: boolean): void {
    this.resync.learned(peer, whole, this.now());
    this.#wake();
  }

  onTaught(peer: Peer): void {
    if (this.#handOver === undefined || !peer.isLocal) return;
    peer.taught = true;
    this.#finishHandOver();
  }

  onClosed(session: PeerSession): void {
    this.#sessions.get(session)?.();
    this.#sessions.delete(session);
    const { peer } = session;
    if (peer === undefined || (peer.session !== undefined && peer.session !== session)) return;
    peer.session = undefined;
    peer.alive = false;
    if (peer.learning) this.resync.aborted(peer, this.now());
    if (peer.reconnectAt === 0) peer.reconnectAt = this.now() + reconnectMs;
    this.#wake();
  }

  #soon(): number {
    return this.now() + 50 + Math.floor(this.#world.random() * 2000);
  }

  /** Looks after everything when the work that runs now is done. */
  #wake(): void {
    if (this.#due || this.#stopped) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (!this.#stopped) this.#work();
    });
  }

  #work(): void {
    this.works++;
    this.#cancel?.();
    this.#cancel = undefined;
    const now = this.now();
    let next = now + 1000;
    if (this.#handOver !== undefined) this.#workOfHandOver(this.#handOver, now);
    else {
      this.resync.giveUpLocal(now);
      for (const peer of this.peers)
        if (!peer.isLocal || peer.session !== undefined) next = Math.min(next, this.#workOf(peer, now));
      this.resync.giveUpRemote(now);
    }
    if (this.#stopped || this.#cancel !== undefined) return;
    const soonest = this.#world.otherThreads && this.#tables.length > 0 ? 50 : 1000;
    this.#cancel = this.#world.after(Math.max(1, Math.min(next - now, soonest)), () => this.#work());
  }

  /** Gives when it is to be looked at again. */
  #workOf(peer: Peer, now: number): number {
    const { session } = peer;
    if (session === undefined) {
      if (this.#connecting.has(peer)) return now + 1000;
      if (peer.statusCode === status.none || now >= peer.reconnectAt) this.#call(peer, now);
      return peer.reconnectAt;
    }
    if (!session.established) return now + 1000;
    if (this.resync.wantsRemote && !peer.isLocal && !peer.notUpToDate) {
      this.resync.assign(peer);
      session.pump();
    } else if (peer.hasNews && !peer.learning && !session.isTeaching) {
      peer.heartbeatAt = now + heartbeatMs;
      session.pump();
    } else if (now >= peer.reconnectAt) {
      if (peer.alive) {
        peer.alive = false;
        peer.reconnectAt = now + reconnectMs;
      } else {
        peer.missedHeartbeats++;
        session.close();
        peer.reconnectAt = this.#soon();
      }
    } else if (now >= peer.heartbeatAt) {
      peer.heartbeatAt = now + heartbeatMs;
      session.heartbeat();
    }
    return Math.min(peer.reconnectAt, peer.heartbeatAt);
  }

  #call(peer: Peer, now: number): void {
    peer.connections++;
    peer.reconnectAt = now + reconnectMs;
    peer.statusCode = status.connecting;
    peer.lastHandshake = now;
    const cancel = this.#world.connect(peer.settings, (wire) => {
      this.#connecting.delete(peer);
      if (wire === undefined) this.#wake();
      else if (this.#stopped || peer.session !== undefined) wire.destroy();
      else {
        const session = new PeerSession(wire, this, peer);
        peer.session = session;
        this.#begin(session);
      }
    });
    this.#connecting.set(peer, cancel);
  }

  #workOfHandOver(handOver: HandOver, now: number): void {
    const { local } = handOver;
    if (local.session !== undefined) local.session.pump();
    else if (!this.#connecting.has(local)) {
      const next = handOver.next(now);
      if (next === "end") this.#finishHandOver();
      else if (next === "call") {
        this.#call(local, now);
        local.reconnectAt = now + callAgainMs;
      }
    }
  }

  #finishHandOver(): void {
    const handOver = this.#handOver;
    this.#handOver = undefined;
    handOver?.end();
  }
}
