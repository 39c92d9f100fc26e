import type { Peers } from "../../config/haproxy/model/index.js";
import type { Wire } from "../../proxy/index.js";
import type { Table } from "../tables/index.js";
import { Peer, status } from "./peer.js";
import { PeerSession, type SessionOwner } from "./session.js";

/** Times of peers.c, milliseconds. */
const resyncMs = 5000;
const reconnectMs = 5000;
const heartbeatMs = 3000;
const handshakeMs = 5000;

/** What a section needs of its surroundings. */
export interface PeersWorld {
  /** Monotonic, milliseconds. */
  now(): number;
  after(ms: number, work: () => void): () => void;
  /** Connects to a peer's address; calls back once, with nothing where it can't be reached. Gives what cancels. */
  connect(peer: Peers["peers"][number], done: (wire: Wire | undefined) => void): () => void;
  /** From 0 up to 1. */
  random(): number;
  /** Other threads change tables too: their changes are looked for. */
  readonly otherThreads: boolean;
}

/** What of a lesson was done: bits as `show peers` prints them (PEERS_F_RESYNC_…). */
const flag = {
  local: 0x1,
  remote: 0x2,
  assigned: 0x4,
  localTimeout: 0x10,
  remoteTimeout: 0x20,
  localAbort: 0x40,
  remoteAbort: 0x80,
  localFinished: 0x100,
  remoteFinished: 0x200,
  localPartial: 0x400,
  remotePartial: 0x800,
} as const;

/**
 * A peers section: keeps the tables that name it alike on all its peers. Runs in the first thread. A new process learns from the old one
 * (if there is one, for at most five seconds), else from a peer that is connected; then everybody tells everybody what changes (process_peer_sync).
 */
export class PeersSection implements SessionOwner {
  readonly settings: Peers;
  readonly localName: string;
  readonly peers: readonly Peer[];
  readonly changedAt = Date.now();
  /** See {@link flag}; the lower two bits: the lessons of a local and of a remote peer are over. */
  flags = 0;
  resyncUntil: number;
  works = 0;
  readonly #world: PeersWorld;
  readonly #tables: readonly Table[];
  /** With what cancels the wait for their handshake. */
  readonly #sessions = new Map<PeerSession, () => void>();
  readonly #connecting = new Map<Peer, () => void>();
  #cancel: (() => void) | undefined;
  #stopped = false;
  #handedOver: (() => void) | undefined;
  /** When nobody has been found by then who wants to be taught, nobody is. */
  #handOverUntil = 0;
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
    this.resyncUntil = world.now() + resyncMs;
    if (!hasOldProcess) this.flags |= flag.local | flag.localTimeout;
  }

  get upToDate(): boolean {
    return (this.flags & (flag.local | flag.remote)) === (flag.local | flag.remote);
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
    if (this.#stopped || this.disabled || this.#handedOver !== undefined) wire.destroy();
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
    this.#handedOver?.();
    this.#handedOver = undefined;
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
    const done = new Promise<void>((resolve) => {
      this.#handedOver = resolve;
    });
    for (const cancel of this.#connecting.values()) cancel();
    this.#connecting.clear();
    for (const session of [...this.#sessions.keys()]) session.close();
    local.statusCode = status.none;
    this.#handOverUntil = this.now() + 2 * resyncMs;
    this.#work();
    await done;
    this.stop();
  }

  recognise(_localName: string, peerName: string, session: PeerSession): Peer | number {
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
      else if ((this.flags & (flag.local | flag.assigned)) === 0) this.#assign(peer);
    } else if (this.#wantsRemoteLesson) this.#assign(peer);
    this.#wake();
  }

  onLearned(peer: Peer, whole: boolean): void {
    this.flags &= ~flag.assigned;
    if (whole) {
      this.flags |= flag.local | flag.remote;
      this.flags |= peer.isLocal ? flag.localFinished : flag.remoteFinished;
    } else {
      this.flags |= peer.isLocal ? flag.localPartial : flag.remotePartial;
      this.resyncUntil = this.now() + resyncMs;
    }
    this.#wake();
  }

  onTaught(peer: Peer): void {
    if (this.#handedOver === undefined || !peer.isLocal) return;
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
    if (peer.learning) {
      peer.learning = false;
      this.flags &= ~flag.assigned;
      this.flags |= peer.isLocal ? flag.localAbort : flag.remoteAbort;
      this.resyncUntil = this.now() + resyncMs;
    }
    if (peer.reconnectAt === 0) peer.reconnectAt = this.now() + reconnectMs;
    this.#wake();
  }

  get #wantsRemoteLesson(): boolean {
    return (this.flags & (flag.local | flag.remote | flag.assigned)) === flag.local;
  }

  #assign(peer: Peer): void {
    peer.learning = true;
    this.flags |= flag.assigned;
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
    if (this.#handedOver !== undefined) this.#workOfHandOver(now);
    else {
      const state = this.flags & (flag.local | flag.remote | flag.assigned);
      if (state === 0 && now >= this.resyncUntil) {
        this.flags |= flag.local | flag.localTimeout;
        this.resyncUntil = now + resyncMs;
      }
      for (const peer of this.peers)
        if (!peer.isLocal || peer.session !== undefined) next = Math.min(next, this.#workOf(peer, now));
      if (this.#wantsRemoteLesson && now >= this.resyncUntil) this.flags |= flag.remote | flag.remoteTimeout;
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
    if (this.#wantsRemoteLesson && !peer.isLocal && !peer.notUpToDate) {
      this.#assign(peer);
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

  #workOfHandOver(now: number): void {
    const local = this.peers.find((peer) => peer.isLocal) as Peer;
    if (local.session !== undefined) {
      local.session.pump();
      return;
    }
    if (this.#connecting.has(local)) return;
    // It was connected and broke off, or the new process isn't ready: again; it can't be reached: nobody is there.
    const again: number[] = [status.none, status.success, status.connected, status.tryAgain];
    if (!again.includes(local.statusCode) || now >= this.#handOverUntil) this.#finishHandOver();
    else if (local.statusCode === status.none || now >= local.reconnectAt) {
      this.#call(local, now);
      local.reconnectAt = now + 200;
    }
  }

  #finishHandOver(): void {
    const resolve = this.#handedOver;
    this.#handedOver = undefined;
    resolve?.();
  }
}
