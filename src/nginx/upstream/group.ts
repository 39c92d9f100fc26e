import type { Peer } from "./peer.js";

/** The peers of an upstream, or its backups (ngx_http_upstream_rr_peers_t). It never changes: other addresses make another group. */
export interface Group {
  readonly peers: readonly Peer[];
  /** There is but one, and no backup: it is tried whatever it did before. */
  readonly single: boolean;
  readonly totalWeight: number;
  /** Those that aren't down: so often an attempt may go on to another. */
  readonly tries: number;
  readonly backup: Group | undefined;
}

export function makeGroup(peers: readonly Peer[], backups: readonly Peer[]): Group {
  const backup = backups.length === 0 ? undefined : groupOf(backups, false, undefined);
  return groupOf(peers, peers.length === 1 && backup === undefined, backup);
}

function groupOf(peers: readonly Peer[], single: boolean, backup: Group | undefined): Group {
  return {
    peers,
    single,
    totalWeight: peers.reduce((sum, peer) => sum + peer.server.weight, 0),
    tries: peers.filter((peer) => !peer.down && !peer.draining).length,
    backup,
  };
}

/** What one request chooses from: it is the algorithms' to change. */
export interface Selection {
  group: Group;
  /** By a peer's place in the group: 1 where this request was there already. */
  readonly tried: number[];
  /** The time of this choice: seconds, and tenths of a second. */
  now: number;
  tenths: number;
}

export function newSelection(group: Group): Selection {
  const size = Math.max(group.peers.length, group.backup?.peers.length ?? 0);
  return { group, tried: new Array<number>(size).fill(0), now: 0, tenths: 0 };
}

/** Goes on to the backups; false where there are none. */
export function toBackup(selection: Selection): boolean {
  const { backup } = selection.group;
  if (backup === undefined) return false;
  selection.group = backup;
  selection.tried.fill(0);
  return true;
}

/** Which of the peers has the `point`th share of the weight, from 0 to totalWeight - 1. */
export function peerAtWeight(group: Group, point: number): number {
  let left = point;
  for (let index = 0; index < group.peers.length; index++) {
    left -= (group.peers[index] as Peer).server.weight;
    if (left < 0) return index;
  }
  return group.peers.length - 1;
}
