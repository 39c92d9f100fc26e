/**
 * What balancing sees of a server. All numbers are in memory that all threads share, so that every thread goes on where another
 * stopped; they are read and changed under the back end's lock.
 */
export interface LbServer {
  /** Where it stands in its back end's list of all servers there ever were; never changes. */
  readonly slot: number;
  /** `id` */
  readonly id: number;
  readonly backup: boolean;
  /** Its weight in steps of the algorithm's scale, as it is committed. */
  readonly eweight: number;
  /** It is running (or starting), in no maintenance, not drained, and has a weight. */
  readonly usable: boolean;
  /** Connections that it has a place for, and those that wait in its queue. */
  readonly served: number;
  readonly queued: number;
  /** 0: no limit. `limit` is what minconn, fullconn and slow start leave of it now. */
  readonly maxconn: number;
  readonly limit: number;
  readonly maxqueue: number;
  /** LB_WORDS words of the algorithm's own. */
  readonly lb: Int32Array;
}

export const LB_WORDS = 8;

/** Words of a back end; the algorithm's own begin at `own`. */
export const group = {
  /** Servers that can be used now, and the sums of their weights: active and backup. */
  active: 0,
  backups: 1,
  activeWeight: 2,
  backupWeight: 3,
  /** One more than the slot of the only backup server that is used; 0 with `option allbackups`, or where there is none. */
  firstBackup: 4,
  /** Changes with every change of a server's state or weight: maps are made anew. */
  generation: 5,
  /** Places taken on all servers. */
  served: 6,
  /** In the back end's own queue. */
  queued: 7,
  /** Counts up with each insertion: equal keys stay in the order in which they came. */
  sequence: 8,
  own: 16,
  words: 40,
} as const;

/** A back end's servers, in order. */
export interface LbBackend {
  readonly servers: readonly LbServer[];
  readonly words: Int32Array;
  readonly allBackups: boolean;
  slot(slot: number): LbServer | undefined;
}

/** Counts servers that can be used anew (recount_servers). */
export function recount(backend: LbBackend): void {
  let active = 0;
  let backups = 0;
  let activeWeight = 0;
  let backupWeight = 0;
  let first = 0;
  for (const server of backend.servers) {
    if (!server.usable) continue;
    if (server.backup) {
      if (backups === 0 && !backend.allBackups) first = server.slot + 1;
      backups++;
      backupWeight += server.eweight;
    } else {
      active++;
      activeWeight += server.eweight;
    }
  }
  const words = backend.words;
  words[group.active] = active;
  words[group.backups] = backups;
  words[group.activeWeight] = activeWeight;
  words[group.backupWeight] = backupWeight;
  words[group.firstBackup] = first;
  words[group.generation] = word(words, group.generation) + 1;
}

export function word(words: Int32Array, at: number): number {
  return words[at] as number;
}

/** The sum of weights of servers that are given work: the active ones, or else the first backup, or all backups. */
export function totalWeight(backend: LbBackend): number {
  const words = backend.words;
  if (word(words, group.active) > 0) return word(words, group.activeWeight);
  const first = firstBackup(backend);
  return first === undefined ? word(words, group.backupWeight) : first.eweight;
}

/** How many servers are given work. */
export function usedServers(backend: LbBackend): number {
  const words = backend.words;
  if (word(words, group.active) > 0) return word(words, group.active);
  return firstBackup(backend) === undefined ? word(words, group.backups) : 1;
}

export function firstBackup(backend: LbBackend): LbServer | undefined {
  const slot = word(backend.words, group.firstBackup);
  return slot === 0 ? undefined : backend.slot(slot - 1);
}

/** Which servers there are to choose from: one backup alone is taken whatever its state of load. */
export function candidates(
  backend: LbBackend,
): { readonly only: LbServer } | { readonly backup: boolean } | undefined {
  const words = backend.words;
  if (word(words, group.active) > 0) return { backup: false };
  const only = firstBackup(backend);
  if (only !== undefined) return { only };
  return word(words, group.backups) > 0 ? { backup: true } : undefined;
}

/** Whether it may be given a connection at once. */
export function hasRoom(server: LbServer): boolean {
  return server.maxconn === 0 || (server.queued === 0 && server.served < server.limit);
}

/**
 * The best of those that there are to choose from and that `fits` has nothing against, by an order; `avoid` only where there is no other. It passes over all of
 * them: back ends have few servers.
 */
export function bestOf(
  backend: LbBackend,
  avoid: LbServer | undefined,
  fits: (server: LbServer) => boolean,
  isBefore: (one: LbServer, other: LbServer) => boolean,
): LbServer | undefined {
  const from = candidates(backend);
  if (from === undefined) return undefined;
  if ("only" in from) return from.only;
  let best: LbServer | undefined;
  let avoided: LbServer | undefined;
  for (const each of backend.servers) {
    if (!each.usable || each.backup !== from.backup || !fits(each)) continue;
    if (each === avoid) avoided = each;
    else if (best === undefined || isBefore(each, best)) best = each;
  }
  return best ?? avoided;
}
