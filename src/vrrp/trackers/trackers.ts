import type { TrackProcess } from "../../config/keepalived/model/index.js";
import type { Log } from "../../errors.js";
import type { ReadySet } from "../../sys/index.js";
import type { VrrpRoleConfig } from "../role-config.js";
import { FileTracker } from "./file-tracker.js";
import { ProcessTracker } from "./process-tracker.js";
import { type RunScript, ScriptTracker } from "./script-tracker.js";

type Tracked = Pick<VrrpRoleConfig, "instances" | "syncGroups" | "scripts" | "trackFiles" | "trackProcesses">;

/** What was found last, for a process that takes over. */
export interface TrackersSnapshot {
  readonly scripts: Readonly<Record<string, boolean>>;
}

export interface TrackersOptions {
  readonly log: Log;
  readonly ready: ReadySet;
  readonly runScript: RunScript;
  readonly script: (name: string, good: boolean) => void;
  readonly file: (name: string, value: number) => void;
  readonly process: (name: string, good: boolean) => void;
}

/** All scripts, files and processes that are followed by somebody. What nobody follows isn't run, as keepalived doesn't. */
export class Trackers {
  readonly #options: TrackersOptions;
  readonly #scripts = new Map<string, ScriptTracker>();
  readonly #files = new Map<string, FileTracker>();
  #processes: ProcessTracker;
  #processSettings = "[]";

  constructor(options: TrackersOptions) {
    this.#options = options;
    this.#processes = new ProcessTracker([], options.process);
  }

  /**
   * Follows what a configuration says; what is as it was goes on undisturbed.
   * @param first whether init_file is to be obeyed
   */
  set(config: Tracked, first: boolean, known?: TrackersSnapshot): void {
    const used = usedBy(config);
    this.#setScripts(config, used.scripts, known);
    this.#setFiles(config, used.files, first);
    this.#setProcesses(config.trackProcesses.filter(({ name }) => used.processes.has(name)));
  }

  get scripts(): ReadonlyMap<string, boolean> {
    const known = [...this.#scripts].filter(([, { good }]) => good !== undefined);
    return new Map(known.map(([name, { good }]) => [name, good!]));
  }

  get files(): ReadonlyMap<string, number> {
    return new Map([...this.#files].map(([name, { value }]) => [name, value]));
  }

  get processes(): ReadonlyMap<string, boolean> {
    return this.#processes.good;
  }

  /** How processes are followed. */
  get processSource(): "events" | "poll" | "none" {
    return this.#processes.how;
  }

  close(): void {
    for (const script of this.#scripts.values()) script.stop();
    for (const file of this.#files.values()) file.stop();
    this.#processes.stop();
  }

  #setScripts({ scripts }: Tracked, used: ReadonlySet<string>, known: TrackersSnapshot | undefined): void {
    const wanted = new Map(scripts.filter(({ name }) => used.has(name)).map((one) => [one.name, one]));
    for (const [name, tracker] of this.#scripts)
      if (!wanted.has(name)) {
        tracker.stop();
        this.#scripts.delete(name);
      }
    for (const [name, settings] of wanted) {
      const running = this.#scripts.get(name);
      if (running && plain(running.settings) === plain(settings)) continue;
      running?.stop();
      const before = running?.good ?? known?.scripts[name];
      const tracker = new ScriptTracker(settings, {
        run: this.#options.runScript,
        log: this.#options.log,
        changed: (good) => this.#options.script(name, good),
        ...(before !== undefined && { known: before }),
      });
      this.#scripts.set(name, tracker);
      tracker.start();
    }
  }

  #setFiles({ trackFiles }: Tracked, used: ReadonlySet<string>, first: boolean): void {
    const wanted = new Map(trackFiles.filter(({ name }) => used.has(name)).map((one) => [one.name, one]));
    for (const [name, tracker] of this.#files)
      if (wanted.get(name)?.path !== tracker.settings.path) {
        tracker.stop();
        this.#files.delete(name);
      }
    for (const [name, settings] of wanted) {
      if (this.#files.has(name)) continue;
      const { log, file } = this.#options;
      const tracker = new FileTracker(settings, { log, changed: (value) => file(name, value) });
      this.#files.set(name, tracker);
      tracker.start(first);
    }
  }

  #setProcesses(settings: readonly TrackProcess[]): void {
    const text = JSON.stringify(settings.map((one) => plain(one)));
    if (text === this.#processSettings) return;
    this.#processSettings = text;
    this.#processes.stop();
    this.#processes = new ProcessTracker(settings, this.#options.process);
    this.#processes.start(this.#options.ready);
  }
}

function usedBy({ instances, syncGroups }: Tracked) {
  const all = [...instances, ...syncGroups].map(({ tracking }) => tracking);
  const names = (kind: "scripts" | "files" | "processes") =>
    new Set(all.flatMap((tracking) => tracking[kind].map(({ name }) => name)));
  return { scripts: names("scripts"), files: names("files"), processes: names("processes") };
}

const plain = (settings: object) =>
  JSON.stringify(settings, (key, value: unknown) => (key === "at" ? undefined : value));
