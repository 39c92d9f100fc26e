import type { Peer } from "./peer.js";

/** How long the old process, and then a peer, is waited for (peers.c, PEER_RESYNC_TIMEOUT), milliseconds. */
export const resyncMs = 5000;

/** What of the lessons was done: bits as `show peers` prints them (PEERS_F_RESYNC_…). */
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

const open = flag.local | flag.remote | flag.assigned;

/**
 * How far a section has got with learning what its tables hold: from the old process, for some seconds, then from a peer that is connected, for some more
 * (process_peer_sync). Times are of the section's clock, milliseconds.
 */
export class Resync {
  /** See {@link flag}; the lower two bits: the lessons of a local and of a remote peer are over. */
  flags = 0;
  /** When the lesson that is waited for is given up. */
  until: number;

  /** `hasOldProcess`: one is leaving, and will teach us. */
  constructor(hasOldProcess: boolean, now: number) {
    this.until = now + resyncMs;
    if (!hasOldProcess) this.flags |= flag.local | flag.localTimeout;
  }

  get upToDate(): boolean {
    return (this.flags & (flag.local | flag.remote)) === (flag.local | flag.remote);
  }

  /** Nobody teaches us, and the old process's lesson is still to come. */
  get wantsLocal(): boolean {
    return (this.flags & (flag.local | flag.assigned)) === 0;
  }

  /** Nobody teaches us, and a peer's lesson is still to come. */
  get wantsRemote(): boolean {
    return (this.flags & open) === flag.local;
  }

  /** A peer is asked to teach us. */
  assign(peer: Peer): void {
    peer.learning = true;
    this.flags |= flag.assigned;
  }

  /** Its lesson is over: it knew all, or not. */
  learned(peer: Peer, whole: boolean, now: number): void {
    this.flags &= ~flag.assigned;
    if (whole) {
      this.flags |= flag.local | flag.remote;
      this.flags |= peer.isLocal ? flag.localFinished : flag.remoteFinished;
    } else {
      this.flags |= peer.isLocal ? flag.localPartial : flag.remotePartial;
      this.until = now + resyncMs;
    }
  }

  /** The connection is gone by which we learned. */
  aborted(peer: Peer, now: number): void {
    peer.learning = false;
    this.flags &= ~flag.assigned;
    this.flags |= peer.isLocal ? flag.localAbort : flag.remoteAbort;
    this.until = now + resyncMs;
  }

  /** The old process is waited for no longer, if it is time. */
  giveUpLocal(now: number): void {
    if ((this.flags & open) !== 0 || now < this.until) return;
    this.flags |= flag.local | flag.localTimeout;
    this.until = now + resyncMs;
  }

  /** A peer is waited for no longer, if it is time: nobody knows more than we. */
  giveUpRemote(now: number): void {
    if (this.wantsRemote && now >= this.until) this.flags |= flag.remote | flag.remoteTimeout;
  }
}
