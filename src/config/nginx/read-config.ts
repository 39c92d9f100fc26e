import { diskWorld } from "../haproxy/disk-world.js";
import { Block } from "./block.js";
import type { Diagnostic } from "./diagnostic.js";
import { readFile } from "./grammar/read-file.js";
import { readTree } from "./grammar/tree.js";
import { walk } from "./grammar/walk.js";
import { Mistake } from "./mistake.js";
import { commandLine, type NginxWorld, Reading, type SourceFile } from "./reading.js";

/** Words of the command line that a file's meaning depends on. */
export interface ReadOptions {
  /** -p: where relative paths start, by default /usr/share/nginx/. */
  readonly prefix?: string;
  /** -g: directives of main, before those of the file. */
  readonly globals?: string;
  readonly world?: NginxWorld;
  /** Whether it would run for root, by default whether we do. */
  readonly root?: boolean;
}

export interface ReadResult {
  /** What was read, up to the first mistake. Run it only if `ok`. */
  readonly main: Block;
  /** Nothing of it is wrong. */
  readonly ok: boolean;
  /** In the order in which nginx prints them; the mistake that ended the reading is the last. */
  readonly diagnostics: readonly Diagnostic[];
  /** The configuration and what it includes, each once, in the order of reading. */
  readonly files: readonly SourceFile[];
  /** The configuration's own path, made whole by the prefix. */
  readonly path: string;
  /** Where relative paths start, with "/" at its end. */
  readonly prefix: string;
}

export const defaultPrefix = "/usr/share/nginx/";

/**
 * Reads an nginx.conf as nginx 1.22.1 does, and stops at the first mistake. Texts of the result have one character a byte.
 * Never throws for what the files say.
 */
export function readConfig(path: string, options: ReadOptions = {}): ReadResult {
  const prefix = withSlash(options.prefix ?? defaultPrefix);
  const file = path.startsWith("/") ? path : `${prefix}${path}`;
  const reading = new Reading(
    options.world ?? diskWorld,
    prefix,
    file.slice(0, file.lastIndexOf("/") + 1),
    options.root ?? process.geteuid?.() === 0,
  );
  const main = new Block("main");
  const ok = attempt(reading, file, () => {
    if (options.globals !== undefined && options.globals !== "") {
      const { statements, fault } = readTree(options.globals, commandLine);
      walk(statements, fault, main, reading);
    }
    const { statements, fault } = opened(file, reading);
    walk(statements, fault, main, reading);
    for (const check of reading.later) check();
    if (main.all("events").length === 0)
      throw new Mistake('no "events" section in configuration', { code: "no-events", placeless: true });
    for (const [name, { size }] of reading.zones)
      if (size === 0)
        throw new Mistake(`zero size shared memory zone "${name}"`, {
          code: "zone-unknown",
          placeless: true,
        });
  });
  return { main, ok, diagnostics: reading.diagnostics, files: reading.files, path: file, prefix };
}

const withSlash = (path: string) => (path === "" || path.endsWith("/") ? path : `${path}/`);

function opened(file: string, reading: Reading) {
  try {
    return readFile(file, reading);
  } catch (error) {
    // Of the configuration itself nginx names no place.
    throw error instanceof Mistake ? new Mistake(error.message, { ...error.about, placeless: true }) : error;
  }
}

function attempt(reading: Reading, file: string, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    reading.fail(error, { file, line: 1, column: 1 });
    return false;
  }
}
