import {
  existsSync,
  type FSWatcher,
  mkdirSync,
  readFileSync,
  realpathSync,
  watch,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { TrackFile } from "../../config/keepalived/model/index.js";
import type { Log } from "../../errors.js";

const again = 1000; // ms
/** What keepalived reads of a file. */
const longest = 127;

/**
 * Follows the number in a `track_file`: by inotify on its folder, so that a file that comes, goes or is renamed is seen. A
 * file that can't be read is 0, one with a number outside 32 bits leaves the last one in force.
 */
export class FileTracker {
  readonly settings: TrackFile;
  readonly #log: Log;
  readonly #changed: (value: number) => void;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #value = 0;

  constructor(settings: TrackFile, options: { log: Log; changed: (value: number) => void }) {
    this.settings = settings;
    this.#log = options.log;
    this.#changed = options.changed;
  }

  get value(): number {
    return this.#value;
  }

  /** @param init whether init_file is to be obeyed: once in the life of the daemon */
  start(init: boolean): void {
    if (init) this.#initialise();
    this.#watch();
    this.#value = this.#read() ?? 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }

  #initialise(): void {
    const { path, init, name } = this.settings;
    if (!init || (existsSync(path) && !init.overwrite)) return;
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${init.value}\n`);
    } catch (error) {
      this.#log.warn(`Unable to initialise track file ${name}: ${(error as Error).message}`);
    }
  }

  #watch(): void {
    const path = resolved(this.settings.path);
    const name = basename(path);
    const folder = dirname(path);
    try {
      this.#watcher = watch(folder, { persistent: false }, (_, changed) => {
        if (changed !== null && changed !== name && existsSync(folder)) return;
        this.#look();
        if (!existsSync(folder)) this.#later();
      });
      this.#watcher.on("error", () => this.#later());
    } catch {
      this.#later();
    }
  }

  /** The folder isn't there (any more). */
  #later(): void {
    this.#watcher?.close();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#watch();
      this.#look();
    }, again);
    this.#timer.unref();
  }

  #look(): void {
    const value = this.#read();
    if (value === undefined || value === this.#value) return;
    this.#value = value;
    this.#changed(value);
  }

  #read(): number | undefined {
    let text: string;
    try {
      text = readFileSync(this.settings.path, "latin1").slice(0, longest);
    } catch {
      return 0;
    }
    const value = trackFileNumber(text);
    if (value !== undefined) return value;
    this.#log.info(`Invalid number read from ${this.settings.path} - ignoring`);
    return undefined;
  }
}

/** As strtol(3) with base 0 reads it: 0 where there is no number; undefined outside of 32 bits. */
export function trackFileNumber(text: string): number | undefined {
  const match = /^\s*([+-]?)(?:0x([0-9a-f]+)|(0[0-7]*)|([1-9]\d*))/i.exec(text);
  if (!match) return 0;
  const [, sign, hexadecimal, octal, decimal] = match;
  const size =
    hexadecimal !== undefined
      ? Number.parseInt(hexadecimal, 16)
      : octal !== undefined
        ? Number.parseInt(octal, 8)
        : Number(decimal);
  const value = sign === "-" && size !== 0 ? -size : size;
  return value < -(2 ** 31) || value > 2 ** 31 ? undefined : value;
}

/** inotify watches where the file really is. */
function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}
