import { closeSync, fstatSync, openSync, statSync, writeSync } from "node:fs";

/** What open_log_file_cache says. Times in seconds. */
export interface LogCacheSettings {
  readonly max: number;
  readonly inactive: number;
  readonly minUses: number;
  readonly valid: number;
}

interface Entry {
  uses: number;
  /** undefined: it wasn't used often enough to be kept open. */
  fd: number | undefined;
  usedAt: number;
  checkedAt: number;
}

/**
 * Logs whose paths have variables: each line opens its file and closes it again, unless open_log_file_cache keeps those open that are used most
 * (ngx_open_cached_file). Lines are latin1, with their ends.
 */
export class ChangingLogs {
  readonly #settings: LogCacheSettings | undefined;
  readonly #now: () => number;
  /** By path; who was used last is at the end. */
  readonly #entries = new Map<string, Entry>();

  /** @param now seconds of a clock that only goes on */
  constructor(settings: LogCacheSettings | undefined, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** How many files are open. */
  get open(): number {
    return [...this.#entries.values()].filter(({ fd }) => fd !== undefined).length;
  }

  /** @throws as openSync and writeSync do */
  write(path: string, line: string): void {
    const settings = this.#settings;
    if (settings !== undefined) this.#check(path, settings);
    // What can't be opened takes no other's place.
    const fd = this.#entries.get(path)?.fd ?? openSync(path, "a", 0o644);
    const isKept = settings !== undefined && this.#use(path, settings) >= settings.minUses;
    if (isKept) this.#entries.get(path)!.fd = fd;
    try {
      const bytes = Buffer.from(line, "latin1");
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    } finally {
      if (!isKept) closeSync(fd);
    }
  }

  close(): void {
    for (const path of [...this.#entries.keys()]) this.#drop(path);
  }

  /** Lets go of what nobody used for long, and of a file that was moved away. */
  #check(path: string, { inactive, valid }: LogCacheSettings): void {
    const now = this.#now();
    for (const [oldest, { usedAt }] of this.#entries) {
      if (now - usedAt <= inactive) break;
      this.#drop(oldest);
    }
    const entry = this.#entries.get(path);
    if (entry?.fd === undefined || now - entry.checkedAt <= valid) return;
    entry.checkedAt = now;
    if (isSame(entry.fd, path)) return;
    closeSync(entry.fd);
    entry.fd = undefined;
  }

  /** How often it was used, with this time. */
  #use(path: string, { max }: LogCacheSettings): number {
    const now = this.#now();
    const entry = this.#entries.get(path) ?? { uses: 0, fd: undefined, usedAt: now, checkedAt: now };
    this.#entries.delete(path);
    for (const [oldest] of this.#entries) {
      if (this.#entries.size < max) break;
      this.#drop(oldest);
    }
    this.#entries.set(path, entry);
    entry.usedAt = now;
    return ++entry.uses;
  }

  #drop(path: string): void {
    const fd = this.#entries.get(path)?.fd;
    if (fd !== undefined) closeSync(fd);
    this.#entries.delete(path);
  }
}

/** Whether a path still names a file that is open. */
function isSame(fd: number, path: string): boolean {
  try {
    const [open, named] = [fstatSync(fd), statSync(path)];
    return open.ino === named.ino && open.dev === named.dev;
  } catch {
    return false;
  }
}

const caches = new WeakMap<object, ChangingLogs>();
const none = new ChangingLogs(undefined, () => 0);

/** Those of a directive: all blocks that take it over share them. */
export function changingLogs(said: LogCacheSettings | "off" | undefined): ChangingLogs {
  if (said === undefined || said === "off") return none;
  const known = caches.get(said) ?? new ChangingLogs(said, () => performance.now() / 1000);
  caches.set(said, known);
  return known;
}
