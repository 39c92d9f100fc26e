import { readdirSync } from "node:fs";
import type { TrackProcess } from "../../config/keepalived/model/index.js";
import type { ReadySet } from "../../sys/index.js";
import { watchProcesses } from "./process-events.js";
import { isTracked, needsCommandLine, readProcess } from "./process-match.js";

/** How often /proc is looked through where the kernel tells nothing. */
const pollInterval = 1000;

interface Counted {
  readonly settings: TrackProcess;
  readonly pids: Set<number>;
  /** How many there were when it was looked last. */
  count: number;
  good: boolean;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Counts the processes of each `vrrp_track_process`: quorum or more, and no more than quorum_max, is well. The kernel's
 * process connector tells of every change at once; where it can't be had /proc is looked through every second.
 */
export class ProcessTracker {
  readonly #tracks: readonly Counted[];
  readonly #changed: (name: string, good: boolean) => void;
  readonly #withCommandLine: boolean;
  #events: { close(): void } | undefined;
  #poll: NodeJS.Timeout | undefined;

  constructor(settings: readonly TrackProcess[], changed: (name: string, good: boolean) => void) {
    this.#tracks = settings.map((one) => ({
      settings: one,
      pids: new Set(),
      count: 0,
      good: false,
      timer: undefined,
    }));
    this.#changed = changed;
    this.#withCommandLine = settings.some(needsCommandLine);
  }

  /** How changes are noticed. */
  get how(): "events" | "poll" | "none" {
    if (this.#tracks.length === 0) return "none";
    return this.#events ? "events" : "poll";
  }

  /** What is well now, by name. */
  get good(): ReadonlyMap<string, boolean> {
    return new Map(this.#tracks.map(({ settings, good }) => [settings.name, good]));
  }

  start(ready: ReadySet): void {
    if (this.#tracks.length === 0) return;
    this.#events = watchProcesses(
      {
        forked: (parent, child) => this.#forked(parent, child),
        renamed: (pid) => this.#look(pid),
        exited: (pid) => this.#gone(pid),
        resync: () => this.#scan(),
      },
      ready,
    );
    this.#scan();
    for (const track of this.#tracks) {
      clearTimeout(track.timer); // What is there at the beginning has been there long enough.
      track.timer = undefined;
      track.good = isWell(track);
    }
    if (!this.#events) this.#poll = setInterval(() => this.#scan(), pollInterval);
  }

  stop(): void {
    this.#events?.close();
    clearInterval(this.#poll);
    for (const { timer } of this.#tracks) clearTimeout(timer);
  }

  #scan(): void {
    const pids = readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0);
    const there = new Set(pids);
    for (const track of this.#tracks)
      for (const pid of track.pids) if (!there.has(pid)) track.pids.delete(pid);
    for (const pid of pids) this.#match(pid);
    for (const track of this.#tracks) this.#judge(track);
  }

  #look(pid: number): void {
    this.#match(pid);
    for (const track of this.#tracks) this.#judge(track);
  }

  #match(pid: number): void {
    const words = readProcess(pid, this.#withCommandLine);
    for (const { settings, pids } of this.#tracks)
      if (words && isTracked(settings, words)) pids.add(pid);
      else pids.delete(pid);
  }

  /** A child has its parent's name until it says otherwise. */
  #forked(parent: number, child: number): void {
    for (const track of this.#tracks)
      if (track.pids.has(parent)) {
        track.pids.add(child);
        this.#judge(track);
      }
  }

  #gone(pid: number): void {
    for (const track of this.#tracks) if (track.pids.delete(pid)) this.#judge(track);
  }

  /** More processes wait for fork_delay, fewer for terminate_delay; what is undone meanwhile was nothing. */
  #judge(track: Counted): void {
    const { settings } = track;
    const good = isWell(track);
    const more = track.pids.size > track.count;
    track.count = track.pids.size;
    if (good === track.good) {
      clearTimeout(track.timer);
      track.timer = undefined;
      return;
    }
    if (track.timer) return;
    const delay = more ? settings.forkDelay : settings.terminateDelay;
    const settle = () => {
      track.timer = undefined;
      const now = isWell(track);
      if (now === track.good) return;
      track.good = now;
      this.#changed(settings.name, now);
    };
    if (delay > 0) track.timer = setTimeout(settle, delay);
    else settle();
  }
}

function isWell({ settings, pids }: Counted): boolean {
  return pids.size >= settings.quorum && pids.size <= (settings.quorumMax ?? Number.POSITIVE_INFINITY);
}
