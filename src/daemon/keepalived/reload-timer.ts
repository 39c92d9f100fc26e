import { readFileSync, rmSync } from "node:fs";
import type { GlobalDefs } from "../../config/keepalived/model/index.js";
import type { Log } from "../../errors.js";
import { consoleTime } from "./log/log-lines.js";
import { readReloadTime } from "./reload-time.js";

/** How often the file is looked at, in milliseconds. */
const every = 1000;

/** Looks at a reload_time_file, whose first line says when to reload. */
export class ReloadTimer {
  readonly #log: Log;
  readonly #reload: () => void;
  #path: string | undefined;
  #repeat = false;
  #line: string | undefined;
  #due: { readonly at: number; readonly withDate: boolean } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log, reload: () => void) {
    this.#log = log;
    this.#reload = reload;
  }

  /** Looks at the file of this configuration, if it has one, from now on. */
  watch({ reloadTimeFile, reloadRepeat }: GlobalDefs): void {
    this.close();
    this.#path = reloadTimeFile;
    this.#repeat = reloadRepeat;
    if (reloadTimeFile === undefined) return;
    this.#look();
    this.#timer = setInterval(() => this.#look(), every);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#line = undefined;
    this.#due = undefined;
  }

  #look(): void {
    const now = Date.now();
    const line = firstLine(this.#path!);
    if (line !== this.#line) this.#read(line, now);
    if (!this.#due || now < this.#due.at) return;
    const { withDate } = this.#due;
    this.#due = undefined;
    if (!this.#repeat) rmSync(this.#path!, { force: true });
    else if (!withDate && line !== undefined) this.#read(line, now);
    this.#reload();
  }

  #read(line: string | undefined, now: number): void {
    const before = this.#due;
    this.#line = line;
    this.#due = undefined;
    if (line === undefined) {
      if (before) this.#log.info(`Cancelling reload scheduled for ${consoleTime(new Date(before.at))}`);
      return;
    }
    const time = readReloadTime(line, now);
    if ("wrong" in time) {
      this.#log.warn(time.wrong);
      return;
    }
    this.#due = time;
    this.#log.info(`Scheduling reload for ${consoleTime(new Date(time.at))}`);
  }
}

/** undefined: there is no such file, or nothing in it. */
function firstLine(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").slice(0, 64).split("\n")[0]?.trim() || undefined;
  } catch {
    return undefined;
  }
}
