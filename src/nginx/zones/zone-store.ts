/** What several processes have in a piece of memory. */
export interface SharedZone {
  /** A worker has ended: a lock that it died with is freed, and what it left half done is set right; false: it had none. */
  takeOver(pid: number): boolean;
  /** What the worker of a slot had, which has ended, is given back. False: others are at it for long; it is to be tried again. */
  giveBack(slot: number): boolean;
}

export interface ZoneSpec {
  /** What tells zones apart: "limit_req one 65536". */
  readonly id: string;
  /** As logs name it. */
  readonly name: string;
  readonly bytes: number;
  /** A reload keeps what is in it, if there was one of this id (ngx_shm_zone_t.noreuse). */
  readonly isKept: boolean;
  /** What it is about: a zone that is kept must be about the same; else `conflict` says why it can't be. */
  readonly key?: string;
  readonly conflict?: (before: string) => string;
}

/** How many processes may have zones at the same time: workers, those that are shutting down among them. */
export const mostSlots = 1024;

/** Where the memory of zones comes from: all zero at first, and the same for all workers. */
export interface ZoneStore {
  /** Which of the processes this is, 0 to {@link mostSlots} - 1: no two that are alive have the same. 0 is the master's. */
  readonly slot: number;
  /** It does for all workers of its configuration what only one need do. */
  readonly isFirst: boolean;
  /** The zone that `make` makes of the memory. */
  take<Zone extends SharedZone>(spec: ZoneSpec, make: (memory: ArrayBufferLike) => Zone): Zone;
}

/** Of a process that shares nothing. */
export const ownZones = (): ZoneStore => ({
  slot: 0,
  isFirst: true,
  take: ({ bytes }, make) => make(new ArrayBuffer(bytes)),
});

/** Why a zone that a reload keeps can't be of another key (ngx_http_limit_req_init_zone). */
export const otherKey = (directive: string, name: string, key: string) => (before: string) =>
  `${directive} "${name}" uses the "${key}" key while previously it used the "${before}" key`;
